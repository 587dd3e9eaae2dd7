-- What somebody lent ends with what they hold.
CREATE INDEX grant_role_lent ON grant_role (city, acting_for_id);
