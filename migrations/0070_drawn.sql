-- The engine's pictures of a run, drawn when it ran, in every language: canonical JSON (evaluations/drawn.c).
ALTER TABLE evaluation_run ADD COLUMN pictures_text @text;
