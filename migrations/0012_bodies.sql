-- Bodies, seats, meetings, what was moved and how each voted.

CREATE TABLE body (
    @record,
    title @text NOT NULL,
    charter @text,
    type @text NOT NULL,
    quorum_n @i64 NOT NULL,
    majority @text NOT NULL,
    appointing @text,
    is_public @i64 NOT NULL DEFAULT 1,
    notice_hours_n @i64 NOT NULL,
    open_meetings_law @text,
    PRIMARY KEY (city, id)
) @strict;

CREATE TABLE seat (
    @record,
    title @text NOT NULL,
    body_id @i64 NOT NULL,
    person_id @i64,
    is_voting @i64 NOT NULL DEFAULT 1,
    starts_on @i64,
    ends_on @i64,
    PRIMARY KEY (city, id)
) @strict;
CREATE INDEX seat_body ON seat (city, body_id);
CREATE INDEX seat_person ON seat (city, person_id);

CREATE TABLE meeting (
    @record,
    title @text NOT NULL,
    body_id @i64 NOT NULL,
    starts_at @i64 NOT NULL,
    place @text NOT NULL,
    online_url @text,
    agenda_published_at @i64,
    opened_at @i64,
    ended_at @i64,
    minutes @text,
    minutes_approved_at @i64,
    PRIMARY KEY (city, id)
) @strict;
CREATE INDEX meeting_body ON meeting (city, body_id, starts_at);
CREATE INDEX meeting_starts ON meeting (city, starts_at);

CREATE TABLE agenda_item (
    @record,
    title @text NOT NULL,
    meeting_id @i64 NOT NULL,
    position_n @i64 NOT NULL,
    summary @text,
    pilot_id @i64,
    call_id @i64,
    is_late @i64 NOT NULL DEFAULT 0,
    discussion @text,
    PRIMARY KEY (city, id)
) @strict;
CREATE INDEX agenda_item_meeting ON agenda_item (city, meeting_id, position_n);

CREATE TABLE attendance (
    @record,
    meeting_id @i64 NOT NULL,
    person_id @i64 NOT NULL,
    came_at @i64,
    left_at @i64,
    PRIMARY KEY (city, id)
) @strict;
CREATE UNIQUE INDEX attendance_once ON attendance (city, meeting_id, person_id);

CREATE TABLE motion (
    @record,
    title @text NOT NULL,
    agenda_item_id @i64 NOT NULL,
    meeting_id @i64 NOT NULL,
    recommendation @text,
    moved_by_id @i64 NOT NULL,
    seconded_by_id @i64,
    present_n @i64,
    entitled_n @i64,
    yes_n @i64,
    no_n @i64,
    abstain_n @i64,
    recused_n @i64,
    result_why @text,
    PRIMARY KEY (city, id)
) @strict;
CREATE INDEX motion_meeting ON motion (city, meeting_id, id);
CREATE INDEX motion_item ON motion (city, agenda_item_id);

CREATE TABLE vote (
    @record,
    motion_id @i64 NOT NULL,
    person_id @i64 NOT NULL,
    choice @text NOT NULL,
    why @text,
    PRIMARY KEY (city, id)
) @strict;
CREATE UNIQUE INDEX vote_once ON vote (city, motion_id, person_id);

CREATE TABLE public_comment (
    @record,
    meeting_id @i64 NOT NULL,
    name @text,
    text @text NOT NULL,
    PRIMARY KEY (city, id)
) @strict;
CREATE INDEX public_comment_meeting ON public_comment (city, meeting_id, id);
