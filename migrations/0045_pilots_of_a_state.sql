-- The pilots of one state by title: walking all titles for the few that run reads thirty pilots for each that is shown.
CREATE INDEX pilot_state_title ON pilot (city, state, title, id);
