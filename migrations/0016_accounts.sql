-- Roles held are records: who gave them, when and why stands in the ledger.
ALTER TABLE grant_role ADD COLUMN rev @i64 NOT NULL DEFAULT 1;
ALTER TABLE grant_role ADD COLUMN state @text NOT NULL DEFAULT 'held';
ALTER TABLE grant_role ADD COLUMN owner_id @i64;
ALTER TABLE grant_role ADD COLUMN created_at @i64 NOT NULL DEFAULT 0;
ALTER TABLE grant_role ADD COLUMN changed_at @i64 NOT NULL DEFAULT 0;
ALTER TABLE grant_role ADD COLUMN is_made_up @i64 NOT NULL DEFAULT 0;
ALTER TABLE grant_role ADD COLUMN source_url @text;
ALTER TABLE grant_role ADD COLUMN title @text; -- in words, for lists
CREATE INDEX grant_role_scope ON grant_role (city, scope_kind, scope_id);

-- Under a legal hold nothing about the person is erased.
ALTER TABLE person ADD COLUMN is_held @i64 NOT NULL DEFAULT 0;
CREATE INDEX person_name ON person (city, name, id);

-- What mail needs to tell who caused it and what it is about. (Names ending in _id are numbers.)
ALTER TABLE mail RENAME COLUMN message_id TO message_text;
ALTER TABLE mail ADD COLUMN sender_id @i64;
ALTER TABLE mail ADD COLUMN kind @text;
ALTER TABLE mail ADD COLUMN record_id @i64;
CREATE INDEX mail_person ON mail (city, person_id);
CREATE INDEX notice_waiting ON notice (city, digested_at, person_id);
