-- Evaluations: what a measure's readings say under the pilot's plan.

CREATE TABLE evaluation (
    @record,
    title @text NOT NULL,
    pilot_id @i64 NOT NULL,
    measure_id @i64 NOT NULL,
    method @text NOT NULL,
    plan_hash_text @text,  -- of the plan as it was locked
    estimate_num @f64,
    low_num @f64,
    high_num @f64,
    level_num @f64,
    p_num @f64,
    n @i64,                -- units analysed, or readings where there is one unit
    dropped_n @i64,
    grade @text NOT NULL,
    evidence_level_n @i64 NOT NULL,
    verdict @text NOT NULL,
    reason_code @text NOT NULL,
    is_exploratory @i64 NOT NULL DEFAULT 0,
    departures @text,
    result_text @text NOT NULL,      -- canonical JSON: all that the page shows
    input_hash_text @text NOT NULL,  -- SHA-256 of the data as analysed
    computed_at @i64 NOT NULL,
    checked_at @i64,
    checked_by_id @i64,
    PRIMARY KEY (city, id)
) @strict;
CREATE INDEX evaluation_pilot ON evaluation (city, pilot_id, id);
CREATE INDEX evaluation_measure ON evaluation (city, measure_id, id);
CREATE INDEX evaluation_state ON evaluation (city, state, id);

-- The data as analysed, a CSV file, so that the numbers can be worked out again whatever is corrected later.
CREATE TABLE evaluation_data (
    city @i64 NOT NULL,
    evaluation_id @i64 NOT NULL,
    csv @text NOT NULL,
    PRIMARY KEY (city, evaluation_id)
) @strict;
