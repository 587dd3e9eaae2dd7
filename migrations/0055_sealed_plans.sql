-- How a pilot's result is worked out, as the plan's form says it; the sealed plan of each measure; and what ran.

ALTER TABLE pilot ADD COLUMN analysis @text;                -- NULL: as the design suggests
ALTER TABLE pilot ADD COLUMN step @text;                    -- places over time: a day, a week, four weeks
ALTER TABLE pilot ADD COLUMN sure @text;                    -- level of the interval
ALTER TABLE pilot ADD COLUMN looks_n @i64;                  -- looks that may decide before the end
ALTER TABLE pilot ADD COLUMN most_missing_num @f64;         -- largest share of units without a value
ALTER TABLE pilot ADD COLUMN effect_value_cents @i64;       -- worth of one unit of the measure, in one place
ALTER TABLE pilot ADD COLUMN place_cost_cents @i64;         -- cost in one place
ALTER TABLE pilot ADD COLUMN population_n @i64;             -- places where it would be scaled to
ALTER TABLE pilot ADD COLUMN extension_n @i64;              -- places more, were it extended
ALTER TABLE pilot ADD COLUMN extension_cost_cents @i64;

-- A measure's plan as the evidence engine sealed it, when the pilot's plan was locked and at each amendment: the last one holds.
CREATE TABLE measure_plan (
    city @i64 NOT NULL,
    measure_id @i64 NOT NULL,
    version_n @i64 NOT NULL,
    pilot_id @i64 NOT NULL,
    sealed_at @i64 NOT NULL,
    analysis @text NOT NULL,
    starts_on @i64,
    ends_on @i64,
    plan_text @text,       -- canonical JSON; NULL: the plan has no such analysis, or lacks something
    plan_hash_text @text,  -- SHA-256 of it
    why @text,             -- why there is none
    PRIMARY KEY (city, measure_id, version_n)
) @strict;
CREATE INDEX measure_plan_pilot ON measure_plan (city, pilot_id);

-- The plan that an evaluation ran, and the engine's result to the byte.
CREATE TABLE evaluation_run (
    city @i64 NOT NULL,
    evaluation_id @i64 NOT NULL,
    plan_text @text NOT NULL,
    plan_hash_text @text NOT NULL,
    options @text NOT NULL,      -- of the command that gives the same bytes
    result_text @text,           -- NULL: the engine refused the data
    PRIMARY KEY (city, evaluation_id)
) @strict;
