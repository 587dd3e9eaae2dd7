-- Pitches: the answer to a call. Who made one stands apart from what it says, in sealed tables, so
-- that those who judge it can't see it; so does its price, encrypted besides.

CREATE TABLE pitch (
    @record,
    call_id @i64 NOT NULL,
    label @text NOT NULL, -- "Pitch 3", from submission on
    title @text,
    number_n @i64,
    summary @text,
    approach @text,
    evidence @text,
    access_plan @text,
    privacy_plan @text,
    risks @text,
    trade_secrets @text,
    reference @text, -- in the system it was imported from
    submitted_at @i64,
    receipt @text, -- SHA-256 of the content as it was handed in
    screening_note @text,
    decision_reason @text,
    decided_at @i64,
    PRIMARY KEY (city, id)
) @strict;
CREATE INDEX pitch_call ON pitch (city, call_id, state);
CREATE UNIQUE INDEX pitch_number ON pitch (city, call_id, number_n);

-- sealed: pitch_identity
CREATE TABLE pitch_identity (
    city @i64 NOT NULL,
    id @i64 NOT NULL, -- the pitch's
    organisation @text,
    contact_name @text,
    co_applicants @text,
    certifications @text,
    is_first_time @i64,
    salt @text, -- part of what the receipt is a hash of: without it names could be guessed from it
    PRIMARY KEY (city, id)
) @strict;

-- Whose pitch it is.
-- sealed: pitch_party
CREATE TABLE pitch_party (
    city @i64 NOT NULL,
    pitch_id @i64 NOT NULL,
    person_id @i64 NOT NULL,
    PRIMARY KEY (city, pitch_id, person_id)
) @strict;
CREATE INDEX pitch_party_person ON pitch_party (city, person_id, pitch_id);

-- Each save: what it said, and the hash of it. Drafts are nobody else's, so it is sealed.
-- sealed: pitch_version
CREATE TABLE pitch_version (
    city @i64 NOT NULL,
    pitch_id @i64 NOT NULL,
    n @i64 NOT NULL,
    saved_at @i64 NOT NULL,
    content @text NOT NULL,
    content_sha @text NOT NULL,
    PRIMARY KEY (city, pitch_id, n)
) @strict;

-- The officer's public key; the private one is encrypted by a key made from the passphrase.
CREATE TABLE procurement_key (
    @record,
    title @text NOT NULL,
    public_key @text NOT NULL, -- base64
    PRIMARY KEY (city, id)
) @strict;

-- sealed: procurement_secret
CREATE TABLE procurement_secret (
    city @i64 NOT NULL,
    id @i64 NOT NULL, -- the procurement_key's
    salt_blob @blob,
    nonce_blob @blob,
    box_blob @blob,
    ops_n @i64,
    memory_n @i64,
    PRIMARY KEY (city, id)
) @strict;

-- sealed: pitch_price
CREATE TABLE pitch_price (
    city @i64 NOT NULL,
    id @i64 NOT NULL, -- the pitch's
    key_id @i64 NOT NULL,
    sealed_blob @blob NOT NULL,
    opened_cents @i64,
    opened_at @i64,
    PRIMARY KEY (city, id)
) @strict;
