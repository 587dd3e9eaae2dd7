-- What an applicant says of their organisation, kept from call to call. It is who they are, so all
-- of it is sealed; the record itself says only that there is one.

CREATE TABLE profile (
    @record,
    label @text NOT NULL,
    person_id @i64 NOT NULL,
    PRIMARY KEY (city, id)
) @strict;
CREATE INDEX profile_person ON profile (city, person_id);

-- sealed: profile_identity
CREATE TABLE profile_identity (
    city @i64 NOT NULL,
    id @i64 NOT NULL, -- the profile's
    organisation @text,
    contact_name @text,
    certifications @text,
    size @text,
    website @text,
    about_us @text,
    PRIMARY KEY (city, id)
) @strict;

ALTER TABLE pitch_identity ADD COLUMN size @text;
ALTER TABLE pitch_identity ADD COLUMN website @text;
ALTER TABLE pitch_identity ADD COLUMN about_us @text;
