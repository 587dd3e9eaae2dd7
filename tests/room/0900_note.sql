-- The table of the test room.

CREATE TABLE note (
    city @i64 NOT NULL,
    id @i64 NOT NULL,
    rev @i64 NOT NULL,
    state @text NOT NULL,
    owner_id @i64,
    created_at @i64 NOT NULL,
    changed_at @i64 NOT NULL,
    is_made_up @i64 NOT NULL DEFAULT 0,
    source_url @text,
    title @text NOT NULL,
    body @text,
    topic @text,
    tags @text,
    amount_cents @i64,
    due_on @i64,
    remind_at @i64,
    seen_n @i64,
    weight_num @f64,
    is_urgent @i64,
    remark @text,
    writer_email @text,
    writer_name @text,
    points @text,
    above_id @i64,
    paper_id @i64,
    PRIMARY KEY (city, id)
) @strict;
CREATE INDEX note_due ON note (city, due_on, id);

-- sealed: note_price
CREATE TABLE note_price (
    city @i64 NOT NULL,
    id @i64 NOT NULL,
    price_cents @i64,
    PRIMARY KEY (city, id)
) @strict;
