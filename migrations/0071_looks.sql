-- Looks before the end: the monitor of each measure as the evidence engine saved it, and what it said at each look.
CREATE TABLE measure_monitor (
    city @i64 NOT NULL,
    measure_id @i64 NOT NULL,
    plan_hash_text @text NOT NULL,  -- of the sealed plan whose looks these are
    looks_n @i64 NOT NULL,
    rows_n @i64 NOT NULL,           -- that it took
    rows_hash_text @text NOT NULL,  -- SHA-256 of them in their order: whether they are still the same
    state_text @text NOT NULL,      -- every bit of it, with a checksum
    PRIMARY KEY (city, measure_id)
) @strict;

CREATE TABLE measure_look (
    city @i64 NOT NULL,
    measure_id @i64 NOT NULL,
    look_n @i64 NOT NULL,
    looked_at @i64 NOT NULL,
    day_n @i64 NOT NULL,            -- of the pilot
    compared_n @i64 NOT NULL,       -- units without it, and with it
    tried_n @i64 NOT NULL,
    compared_num @f64,              -- their means
    tried_num @f64,
    estimate_num @f64,
    low_num @f64,
    high_num @f64,
    level_num @f64 NOT NULL,
    log_e_num @f64,
    is_replayed @i64 NOT NULL,      -- earlier readings had changed: all were taken anew
    PRIMARY KEY (city, measure_id, look_n)
) @strict;
