-- What a plan can tell, worked out before it is locked, and what that is worked out from.

ALTER TABLE pilot ADD COLUMN units_n @i64;       -- places or devices that get it
ALTER TABLE pilot ADD COLUMN compared_n @i64;    -- those without it
ALTER TABLE pilot ADD COLUMN weak_reason @text;  -- why it was locked although it can hardly answer

ALTER TABLE measure ADD COLUMN spread_num @f64;  -- standard deviation among places
ALTER TABLE measure ADD COLUMN steady_num @f64;  -- correlation of a place's reading before with the one after
ALTER TABLE measure ADD COLUMN each_n @i64;      -- readings of each place

-- What was found when the plan was locked, as it was shown: canonical JSON.
ALTER TABLE measure_plan ADD COLUMN forecast_text @text;

-- Simulated error rates, by the hash of the sealed plan and of all that is assumed: the same question is reckoned once.
CREATE TABLE plan_forecast (
    city @i64 NOT NULL,
    key_text @text NOT NULL,
    made_at @i64 NOT NULL,
    result_text @text NOT NULL,
    PRIMARY KEY (city, key_text)
) @strict;

-- How a measure's readings from before the pilot's start are spread, as they were when a forecast was last asked for.
CREATE TABLE measure_earlier (
    city @i64 NOT NULL,
    measure_id @i64 NOT NULL,
    known_at @i64 NOT NULL,
    mean_num @f64,
    spread_num @f64,
    steady_num @f64,
    PRIMARY KEY (city, measure_id)
) @strict;

-- When a pilot's forecasts were asked for, and made: what was asked for since is being worked out.
CREATE TABLE forecast_ask (
    city @i64 NOT NULL,
    pilot_id @i64 NOT NULL,
    asked_at @i64 NOT NULL,
    done_at @i64,
    PRIMARY KEY (city, pilot_id)
) @strict;
