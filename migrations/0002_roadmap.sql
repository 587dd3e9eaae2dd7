-- The roadmap: principles, strategies, activities, and the inventory of every department's projects.

CREATE TABLE principle (
    @record,
    title @text NOT NULL,
    criteria @text NOT NULL,
    position_n @i64 NOT NULL,
    PRIMARY KEY (city, id)
) @strict;

CREATE TABLE strategy (
    @record,
    title @text NOT NULL,
    summary @text,
    position_n @i64 NOT NULL,
    pages @text,
    PRIMARY KEY (city, id)
) @strict;

CREATE TABLE activity (
    @record,
    strategy_id @i64 NOT NULL,
    title @text NOT NULL,
    summary @text,
    department_id @i64,
    lead_id @i64,
    starts_on @i64,
    ends_on @i64,
    principles @text,
    what_changed @text,
    PRIMARY KEY (city, id)
) @strict;
CREATE INDEX activity_strategy ON activity (city, strategy_id);

CREATE TABLE project (
    @record,
    title @text NOT NULL,
    summary @text,
    department_id @i64 NOT NULL,
    organisation_id @i64,
    technology @text,
    starts_on @i64,
    ends_on @i64,
    principles @text,
    PRIMARY KEY (city, id)
) @strict;
CREATE INDEX project_department ON project (city, department_id);
