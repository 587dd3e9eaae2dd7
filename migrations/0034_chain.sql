-- The way down the chain: what came of a problem, a vote, a decision; what lies in a place; whose pilots.

CREATE INDEX pilot_challenge ON pilot (city, challenge_id);
CREATE INDEX pilot_organisation ON pilot (city, organisation_id);
CREATE INDEX site_area ON site (city, area_id);
CREATE INDEX challenge_area ON challenge (city, area_id);
CREATE INDEX adoption_decision ON adoption (city, decision_id);
CREATE INDEX advice_motion ON advice (city, motion_id);
