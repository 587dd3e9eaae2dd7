-- PostgreSQL's search keeps a list of its words and its documents in blocks, in tables of the store's own, which it makes
-- with every migration (store/search_pgsql.c): this one is the occasion. Records' tables leave room for changes
-- (store/pgsql_schema.c).
DROP INDEX IF EXISTS search_words_occasion;
