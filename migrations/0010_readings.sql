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
    asked_at @i64,  -- when the responsible person was last asked for a reading
    PRIMARY KEY (city, id)
) @strict;
CREATE INDEX measure_pilot ON measure (city, pilot_id);
CREATE INDEX measure_responsible ON measure (city, responsible_id);

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
    mapping @text,       -- which column of the file is what
    rows_n @i64,         -- rows of the file without its heading
    good_n @i64,         -- of these: loaded
    same_n @i64,         -- there already, with the same value
    bad_n @i64,          -- not loaded, each with its reason
    corrects_n @i64,     -- of the loaded: another value for a unit and time that is there
    revs_n @i64,         -- of the loaded: a row for its unit and time was there, counted or not
    outliers_n @i64,     -- of the loaded: far from the others
    gaps_n @i64,         -- of the loaded: the first after a gap
    new_units_n @i64,
    from_at @i64,
    to_at @i64,
    content_hash_text @text,
    published_at @i64,
    undone_at @i64,
    PRIMARY KEY (city, id)
) @strict;
CREATE INDEX batch_measure ON batch (city, measure_id, id);
CREATE INDEX batch_revs ON batch (city, measure_id) WHERE state = 'published' AND (revs_n IS NULL OR revs_n > 0);
CREATE INDEX batch_state ON batch (city, state, changed_at);

-- Never overwritten: a correction is a further row with a higher rev. A reading counts when its batch is published.
CREATE TABLE reading (
    city @i64 NOT NULL,
    measure_id @i64 NOT NULL,
    unit_n @i64 NOT NULL,
    read_at @i64 NOT NULL,
    rev @i64 NOT NULL,
    value_num @f64 NOT NULL,
    reference_num @f64,
    quality_n @i64 NOT NULL,  -- 1: far from the others, 2: the first after a gap
    batch_id @i64 NOT NULL,
    PRIMARY KEY (city, measure_id, unit_n, read_at, rev)
) @keyed;

-- What counts: of each unit and time the latest rev among published batches. All that reckons with readings reads this.
-- Most measures never had a row with a rev above 1; what the first condition knows once spares them a look beside each row.
CREATE VIEW counted_reading AS
SELECT r.city, r.measure_id, r.unit_n, r.read_at, r.rev, r.value_num, r.reference_num, r.quality_n, r.batch_id
FROM reading r JOIN batch b ON b.city = r.city AND b.id = r.batch_id
WHERE b.state = 'published' AND (
    (r.city, r.measure_id) NOT IN (
        SELECT k.city, k.measure_id FROM batch k
        WHERE k.state = 'published' AND (k.revs_n IS NULL OR k.revs_n > 0))
    OR r.rev = (
        SELECT MAX(x.rev) FROM reading x
        WHERE x.city = r.city AND x.measure_id = r.measure_id AND x.unit_n = r.unit_n AND x.read_at = r.read_at
          AND (SELECT y.state FROM batch y WHERE y.city = x.city AND y.id = x.batch_id) = 'published'));

-- Rows that were not loaded, to be mended and sent again; kept while their batch is. Line 0 is the heading.
CREATE TABLE reading_reject (
    city @i64 NOT NULL,
    batch_id @i64 NOT NULL,
    line_n @i64 NOT NULL,
    cell @text,
    reason @text NOT NULL,
    row_text @text NOT NULL,
    PRIMARY KEY (city, batch_id, line_n)
) @strict;

-- The file as it was sent, until its batch is published or dropped, so that its columns can be matched anew.
CREATE TABLE reading_file (
    city @i64 NOT NULL,
    batch_id @i64 NOT NULL,
    seq @i64 NOT NULL,
    data_blob @blob NOT NULL,
    PRIMARY KEY (city, batch_id, seq)
) @strict;
