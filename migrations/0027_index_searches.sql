-- Changes of API clients wait while the indexes are made: some ten seconds for a million of them.
CREATE INDEX "api_clients__permissions_idx" ON "api_clients" USING gin ("permissions");--> statement-breakpoint
-- Trigrams find parts of names. They are a trusted extension: whoever may create in the database may have it. Who may not,
-- or has a server without it, goes on without this index; docs/operations.md says how to get it later.
DO $$
DECLARE
  "place" text;
BEGIN
  CREATE EXTENSION IF NOT EXISTS "pg_trgm" WITH SCHEMA "public";
  SELECT "nspname" INTO STRICT "place" FROM "pg_extension" JOIN "pg_namespace" ON "pg_namespace"."oid" = "extnamespace"
    WHERE "extname" = 'pg_trgm';
  EXECUTE format('CREATE INDEX "api_clients__name_trigrams_idx" ON "api_clients" USING gin ("name" %I.gin_trgm_ops)', "place");
EXCEPTION
  WHEN insufficient_privilege OR feature_not_supported OR undefined_file THEN
    RAISE NOTICE 'names of API clients are searched without trigrams: %', SQLERRM;
END $$;
