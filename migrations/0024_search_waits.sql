-- What acts put into the search indexes waits in tables of the store's own, which it makes with every migration
-- (store/search_waiting.c): this one is the occasion.
DROP INDEX IF EXISTS search_waiting_occasion;
