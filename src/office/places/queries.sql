-- name: area.of_code
SELECT t.id AS id FROM area t WHERE t.city = :city AND t.layer = :layer AND t.code = :code

-- name: layer.of_code
SELECT t.id AS id FROM layer t WHERE t.city = :city AND t.code = :code

-- name: area.outlines
SELECT t.id AS id, t.title AS title, t.geojson AS geojson, t.population_n AS population_n
FROM area t
WHERE t.city = :city AND t.layer = :layer AND @scope(area t) ORDER BY t.code LIMIT 1000

-- name: area.around
-- The districts, as the frame in which one place is drawn.
SELECT t.id AS id, t.title AS title, t.geojson AS geojson
FROM area t
WHERE t.city = :city AND t.layer = 'district' AND @scope(area t) ORDER BY t.code LIMIT 100

-- name: area.outline
SELECT t.geojson AS geojson FROM area t WHERE t.city = :city AND t.id = :id AND @scope(area t)

-- name: area.picture
SELECT t.title AS title, t.geojson AS geojson, t.population_n AS population_n, t.households_n AS households_n,
       t.income_cents AS income_cents, t.poverty_num AS poverty_num
FROM area t WHERE t.city = :city AND t.id = :id AND @scope(area t)
