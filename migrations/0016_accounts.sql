-- What mail needs to tell who caused it and what it is about. (Names ending in _id are numbers.)
ALTER TABLE mail RENAME COLUMN message_id TO message_text;
ALTER TABLE mail ADD COLUMN sender_id @i64;
ALTER TABLE mail ADD COLUMN kind @text;
ALTER TABLE mail ADD COLUMN record_id @i64;
CREATE INDEX mail_person ON mail (city, person_id);
CREATE INDEX notice_waiting ON notice (city, digested_at, person_id);
