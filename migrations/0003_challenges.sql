-- Challenges: a department's problem, what is known about it, and the department's signed commitment.

CREATE TABLE challenge (
    @record,
    title @text NOT NULL,
    problem @text NOT NULL,
    department_id @i64 NOT NULL,
    sponsor_id @i64,
    area_id @i64,
    baseline @text,
    baseline_known_by_on @i64,
    goal @text,
    adoption_route @text,
    learning_questions @text,
    principles @text,
    -- the early screen: what it would touch, and so which reviews it will need
    collects_personal @text,
    uses_ai @text,
    in_public_space @text,
    reviews_needed @text,
    screened_at @i64,
    -- the department's commitment
    success_owner_id @i64,
    staff_hours_n @i64,
    running_cost_cents @i64,
    budget_class @text,
    committed_at @i64,
    committed_by_id @i64,
    PRIMARY KEY (city, id)
) @strict;
CREATE INDEX challenge_department ON challenge (city, department_id);
CREATE INDEX challenge_state ON challenge (city, state, id);
