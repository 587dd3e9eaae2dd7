-- Indexes of pages that everybody opens all day, in offices of many pilots.
DROP INDEX pilot_first_page;
CREATE INDEX pilot_stage ON pilot (city, state, is_backfill, ends_on, id);
-- The pilots that move are few beside those that are over.
CREATE INDEX pilot_moving ON pilot (city, changed_at, id)
    WHERE state IN ('planned', 'in_review', 'ready', 'running', 'paused', 'evaluating', 'decided');
DROP INDEX budget_line_changed;
-- What is over and not yet told to the public.
CREATE INDEX pilot_untold ON pilot (city, id)
    WHERE state IN ('decided', 'closed') AND is_backfill = 0 AND released_at IS NULL;
