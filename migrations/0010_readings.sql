-- Measures of pilots, and their readings: few columns, many rows.

CREATE TABLE measure (
    @record,
    title @text NOT NULL,
    pilot_id @i64 NOT NULL,
    definition @text,
    unit @text NOT NULL,
    type @text NOT NULL,
    direction @text NOT NULL,
    role @text NOT NULL,
    baseline_num @f64,
    baseline_known_by_on @i64,
    target_num @f64,
    worthwhile_num @f64,
    method @text,
    source @text,
    cadence @text,
    responsible_id @i64,
    PRIMARY KEY (city, id)
) @strict;
CREATE INDEX measure_pilot ON measure (city, pilot_id);

-- What is measured: a bin, a route, an area, a device. Its number is the measure's own, so that a reading stays narrow.
CREATE TABLE reading_unit (
    city @i64 NOT NULL,
    measure_id @i64 NOT NULL,
    unit_n @i64 NOT NULL,
    code @text NOT NULL,
    title @text,
    area_id @i64,
    is_comparison @i64 NOT NULL DEFAULT 0,
    PRIMARY KEY (city, measure_id, unit_n)
) @strict;
CREATE UNIQUE INDEX reading_unit_code ON reading_unit (city, measure_id, code);

-- A batch is what came at once: a form, a file, a call of the API, a mail link.
CREATE TABLE batch (
    @record,
    title @text NOT NULL,
    measure_id @i64 NOT NULL,
    source @text NOT NULL,
    file_name @text,
    rows_n @i64,
    good_n @i64,
    bad_n @i64,
    from_at @i64,
    to_at @i64,
    content_hash_text @text,
    undone_at @i64,
    PRIMARY KEY (city, id)
) @strict;
CREATE INDEX batch_measure ON batch (city, measure_id, id);

-- Never overwritten: a correction is a further row with a higher rev. A reading counts when its batch is published.
CREATE TABLE reading (
    city @i64 NOT NULL,
    measure_id @i64 NOT NULL,
    unit_n @i64 NOT NULL,
    read_at @i64 NOT NULL,
    rev @i64 NOT NULL,
    value_num @f64 NOT NULL,
    reference_num @f64,
    quality_n @i64 NOT NULL,
    batch_id @i64 NOT NULL,
    PRIMARY KEY (city, measure_id, unit_n, read_at, rev)
) @strict;
CREATE INDEX reading_batch ON reading (city, batch_id);
