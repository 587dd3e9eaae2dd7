-- Indexes for everybody's first page, which a large office asks for all day.
CREATE INDEX pilot_first_page ON pilot (city, state, is_backfill, ends_on);
CREATE INDEX pilot_owner ON pilot (city, owner_id, state, ends_on);
CREATE INDEX budget_line_left ON budget_line (city, state, amount_cents, committed_cents);
CREATE INDEX budget_line_changed ON budget_line (city, changed_at);
CREATE INDEX pilot_update_made ON pilot_update (city, created_at);
CREATE INDEX site_recent ON site (city, state, is_comparison, id);
