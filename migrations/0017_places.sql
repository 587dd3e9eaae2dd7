-- Layers of areas: which file they came from.

CREATE TABLE layer (
    @record,
    title @text NOT NULL,
    code @text NOT NULL,
    file_name @text NOT NULL,
    digest @text NOT NULL, -- SHA-256 of the file, hex
    areas_n @i64 NOT NULL,
    PRIMARY KEY (city, id)
) @strict;
CREATE UNIQUE INDEX layer_code ON layer (city, code);
