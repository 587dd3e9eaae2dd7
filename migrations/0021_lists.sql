-- Lists of very many pilots: each filter and each order that is offered (pilots.c) is an index's, to its last column.
DROP INDEX pilot_department;
CREATE INDEX pilot_department ON pilot (city, department_id, id);
CREATE INDEX pilot_type ON pilot (city, type, id);
CREATE INDEX pilot_origin ON pilot (city, origin, id);
