-- The core's tables: cities, people and their roles, the ledger, jobs, notices, files.
-- @i64 @f64 @text @blob are the column types of either database; names say what they mean (store/store.h).

CREATE TABLE city (
    id @i64 NOT NULL PRIMARY KEY,
    slug @text NOT NULL UNIQUE,
    name @text NOT NULL,
    office_name @text NOT NULL,
    zone @text NOT NULL,
    currency @text NOT NULL,
    host @text NOT NULL,
    is_demo @i64 NOT NULL DEFAULT 0,
    id_key_blob @blob NOT NULL,
    created_at @i64 NOT NULL
) @strict;

-- Counts acts that change what the public sees; cached pages of older versions are not served.
CREATE TABLE public_version (
    city @i64 NOT NULL PRIMARY KEY,
    n @i64 NOT NULL
) @strict;

-- What differs from city to city, dated, with its source and who confirmed it.
CREATE TABLE setting (
    city @i64 NOT NULL,
    name @text NOT NULL,
    from_on @i64 NOT NULL,
    value @text NOT NULL,
    source @text,
    confirmed_by @text,
    PRIMARY KEY (city, name, from_on)
) @strict;

-- People are records like others; how to reach them is sealed.
CREATE TABLE person (
    city @i64 NOT NULL,
    id @i64 NOT NULL,
    rev @i64 NOT NULL,
    state @text NOT NULL,
    owner_id @i64,
    created_at @i64 NOT NULL,
    changed_at @i64 NOT NULL,
    is_made_up @i64 NOT NULL DEFAULT 0,
    source_url @text,
    name @text NOT NULL,
    title @text,
    organisation_id @i64,
    department_id @i64,
    language @text,
    PRIMARY KEY (city, id)
) @strict;

-- sealed: person_contact
CREATE TABLE person_contact (
    city @i64 NOT NULL,
    id @i64 NOT NULL,
    email @text,
    email_key @text,
    phone @text,
    PRIMARY KEY (city, id)
) @strict;
CREATE UNIQUE INDEX person_contact_email ON person_contact (city, email_key);

-- sealed: account
CREATE TABLE account (
    city @i64 NOT NULL,
    id @i64 NOT NULL, -- the person's
    password_hash_text @text,
    changed_at @i64 NOT NULL,
    failed_n @i64 NOT NULL DEFAULT 0,
    failed_at @i64,
    PRIMARY KEY (city, id)
) @strict;

CREATE TABLE grant_role (
    city @i64 NOT NULL,
    id @i64 NOT NULL,
    person_id @i64 NOT NULL,
    role @text NOT NULL,
    scope_kind @text,
    scope_id @i64,
    acting_for_id @i64,
    until_on @i64,
    PRIMARY KEY (city, id)
) @strict;
CREATE INDEX grant_role_person ON grant_role (city, person_id);
CREATE INDEX grant_role_role ON grant_role (city, role);

-- Tokens are kept as SHA-256 only.
-- sealed: session
CREATE TABLE session (
    city @i64 NOT NULL,
    id @i64 NOT NULL,
    token_hash @blob NOT NULL,
    person_id @i64 NOT NULL,
    csrf @text NOT NULL,
    purpose @text NOT NULL, -- "password", "link", "token" (API)
    label @text,            -- the browser, in words
    created_at @i64 NOT NULL,
    seen_at @i64 NOT NULL,
    ends_at @i64 NOT NULL,
    PRIMARY KEY (city, id)
) @strict;
CREATE UNIQUE INDEX session_token ON session (city, token_hash);
CREATE INDEX session_person ON session (city, person_id);

-- sealed: mail_link
CREATE TABLE mail_link (
    city @i64 NOT NULL,
    id @i64 NOT NULL,
    token_hash @blob NOT NULL,
    person_id @i64 NOT NULL,
    path @text NOT NULL,
    ends_at @i64 NOT NULL,
    used_at @i64,
    PRIMARY KEY (city, id)
) @strict;
CREATE UNIQUE INDEX mail_link_token ON mail_link (city, token_hash);

-- Attempts that are counted per address and per name, in windows.
CREATE TABLE throttle (
    city @i64 NOT NULL,
    key_hash @blob NOT NULL,
    window_at @i64 NOT NULL,
    n @i64 NOT NULL,
    PRIMARY KEY (city, key_hash, window_at)
) @strict;

-- The ledger's entries. `canonical` is what was hashed; `leaf_hash` the commitment in the tree.
CREATE TABLE act (
    city @i64 NOT NULL,
    id @i64 NOT NULL,
    record_id @i64 NOT NULL,
    kind @text NOT NULL,
    command @text NOT NULL,
    actor_id @i64,
    happened_at @i64 NOT NULL,
    canonical @text NOT NULL,
    salt_blob @blob NOT NULL,
    leaf_hash @blob NOT NULL,
    PRIMARY KEY (city, id)
) @strict;
CREATE INDEX act_record ON act (city, record_id, id);

-- sealed: act_personal
CREATE TABLE act_personal (
    city @i64 NOT NULL,
    id @i64 NOT NULL,
    salt_blob @blob NOT NULL,
    PRIMARY KEY (city, id)
) @strict;

CREATE TABLE leaf_waiting (
    city @i64 NOT NULL,
    id @i64 NOT NULL,
    leaf_hash @blob NOT NULL,
    PRIMARY KEY (city, id)
) @strict;

CREATE TABLE leaf (
    city @i64 NOT NULL,
    seq @i64 NOT NULL,
    act_id @i64 NOT NULL,
    leaf_hash @blob NOT NULL,
    PRIMARY KEY (city, seq)
) @strict;
CREATE UNIQUE INDEX leaf_act ON leaf (city, act_id);

-- Full tiles of 256 hashes; the right edge is computed.
CREATE TABLE tile (
    city @i64 NOT NULL,
    level_n @i64 NOT NULL,
    tile_n @i64 NOT NULL,
    hashes_blob @blob NOT NULL,
    PRIMARY KEY (city, level_n, tile_n)
) @strict;

CREATE TABLE checkpoint (
    city @i64 NOT NULL,
    size_n @i64 NOT NULL,
    signed_at @i64 NOT NULL,
    frontier_blob @blob NOT NULL,
    note @text NOT NULL,
    PRIMARY KEY (city, size_n)
) @strict;

-- Who may do a task of which there is one a city: the sequencer, the clock's jobs.
CREATE TABLE lease (
    city @i64 NOT NULL,
    name @text NOT NULL,
    holder @text NOT NULL,
    until_at @i64 NOT NULL,
    PRIMARY KEY (city, name)
) @strict;

CREATE TABLE idempotency (
    city @i64 NOT NULL,
    key @text NOT NULL,
    person_id @i64 NOT NULL,
    command @text NOT NULL,
    record_id @i64 NOT NULL,
    act_id @i64 NOT NULL,
    made_at @i64 NOT NULL,
    PRIMARY KEY (city, person_id, key)
) @strict;

CREATE TABLE job (
    city @i64 NOT NULL,
    id @i64 NOT NULL,
    name @text NOT NULL,
    payload @text NOT NULL,
    run_at @i64 NOT NULL,
    leased_until_at @i64,
    attempts_n @i64 NOT NULL DEFAULT 0,
    failed_at @i64, -- given up
    error @text,
    PRIMARY KEY (city, id)
) @strict;
CREATE INDEX job_due ON job (city, run_at);

CREATE TABLE notice (
    city @i64 NOT NULL,
    id @i64 NOT NULL,
    person_id @i64 NOT NULL,
    text_key @text NOT NULL,
    args @text NOT NULL,
    kind @text,
    record_id @i64,
    read_at @i64,
    digested_at @i64,
    PRIMARY KEY (city, id)
) @strict;
CREATE INDEX notice_person ON notice (city, person_id, id);

-- sealed: mail
CREATE TABLE mail (
    city @i64 NOT NULL,
    id @i64 NOT NULL,
    person_id @i64,
    address @text, -- emptied when the mail is done
    subject @text NOT NULL,
    body @text NOT NULL,
    message_id @text NOT NULL,
    state @text NOT NULL, -- "waiting", "sent", "bounced", "failed"
    attempts_n @i64 NOT NULL DEFAULT 0,
    next_at @i64 NOT NULL,
    sent_at @i64,
    error @text,
    PRIMARY KEY (city, id)
) @strict;
CREATE INDEX mail_next ON mail (city, state, next_at);

CREATE TABLE file (
    city @i64 NOT NULL,
    id @i64 NOT NULL,
    record_id @i64 NOT NULL, -- the one record it belongs to; who sees that may see it
    kind @text NOT NULL,
    name @text NOT NULL,
    type @text NOT NULL,
    size_n @i64 NOT NULL,
    content_hash @blob NOT NULL,
    owner_id @i64,
    created_at @i64 NOT NULL,
    is_sealed @i64 NOT NULL DEFAULT 0,
    PRIMARY KEY (city, id)
) @strict;
CREATE INDEX file_record ON file (city, record_id);

CREATE TABLE file_chunk (
    city @i64 NOT NULL,
    id @i64 NOT NULL,
    seq @i64 NOT NULL,
    data_blob @blob NOT NULL,
    PRIMARY KEY (city, id, seq)
) @strict;

-- Departments and outside organisations: partners, vendors, universities, agencies.
CREATE TABLE organisation (
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
    type @text NOT NULL, -- "department", "company", "university", "nonprofit", "agency", "community"
    website @text,
    summary @text,
    PRIMARY KEY (city, id)
) @strict;
CREATE INDEX organisation_title ON organisation (city, title);

-- Areas: council districts, neighbourhoods, tracts.
CREATE TABLE area (
    city @i64 NOT NULL,
    id @i64 NOT NULL,
    rev @i64 NOT NULL,
    state @text NOT NULL,
    owner_id @i64,
    created_at @i64 NOT NULL,
    changed_at @i64 NOT NULL,
    is_made_up @i64 NOT NULL DEFAULT 0,
    source_url @text,
    layer @text NOT NULL, -- "district", "neighbourhood", "tract"
    code @text NOT NULL,
    title @text NOT NULL,
    geojson @text NOT NULL,
    population_n @i64,
    households_n @i64,
    income_cents @i64,
    poverty_num @f64,
    PRIMARY KEY (city, id)
) @strict;
CREATE UNIQUE INDEX area_code ON area (city, layer, code);
