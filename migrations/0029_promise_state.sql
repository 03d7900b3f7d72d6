-- Makes two tables and replaces a function: nobody waits for it.
CREATE TABLE "state_promise_epoch" (
	"id" integer PRIMARY KEY DEFAULT 1 NOT NULL,
	"server_start" text NOT NULL,
	"lease_ms" integer NOT NULL,
	CONSTRAINT "state_promise_epoch__id_check" CHECK ("state_promise_epoch"."id" = 1)
);
--> statement-breakpoint
CREATE TABLE "state_promises" (
	"reader" uuid PRIMARY KEY NOT NULL,
	"renewal" uuid DEFAULT gen_random_uuid() NOT NULL,
	"number" bigint NOT NULL,
	"lease_ms" integer NOT NULL,
	"renewed_at" timestamp (3) with time zone DEFAULT clock_timestamp() NOT NULL,
	CONSTRAINT "state_promises__lease_ms_check" CHECK ("state_promises"."lease_ms" > 0)
);
--> statement-breakpoint
-- As before (0026), and tells whoever changes something, before the commit is answered, that readers are to be waited for.
CREATE OR REPLACE FUNCTION "number_state_change"() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  noted text := coalesce(current_setting('latchkey.state_changes', true), '');
  newest bigint;
  lease integer;
BEGIN
  IF noted = 'numbered' THEN
    RETURN NULL;
  END IF;
  PERFORM set_config('latchkey.state_changes', 'numbered', true);
  PERFORM pg_advisory_xact_lock(5019871430);
  IF current_setting('session_replication_role') = 'replica' THEN
    -- On a subscriber the numbers come along from the publisher. Whoever knows the newest one does not know it any more.
    UPDATE "public"."state_changes" SET "nonce" = gen_random_uuid(), "keys" = NULL
      WHERE "number" = (SELECT max("number") FROM "public"."state_changes")
      RETURNING "number" + 1 INTO newest;
  ELSE
    -- What was noted is gone after a RESET ALL: then it was everything.
    INSERT INTO "public"."state_changes" ("number", "keys") VALUES (
      coalesce((SELECT max("number") FROM "public"."state_changes"), 0) + 1,
      CASE WHEN noted NOT IN ('', '*') THEN string_to_array(substr(noted, 2), ',')::uuid[] END
    ) RETURNING "number" INTO newest;
  END IF;
  -- Those who promise, and those whose promises another server had, which this one may lack.
  lease := greatest(
    (SELECT max("lease_ms") FROM "public"."state_promises"),
    (SELECT "lease_ms" FROM "public"."state_promise_epoch"
      WHERE "server_start" <> extract(epoch FROM pg_postmaster_start_time())::text)
  );
  -- A snapshot from before sees no promise that was made since; a minute is the longest lease there is.
  IF lease IS NULL AND current_setting('transaction_isolation') <> 'read committed' THEN
    lease := 60000;
  END IF;
  IF lease IS NOT NULL THEN
    RAISE INFO 'credentials have changed: instances that read from a replica may accept the old ones for up to % ms after the commit',
      lease + lease / 10 + 50
      USING ERRCODE = 'LK002', DETAIL = format('Change %s, lease %s ms.', newest, lease);
  END IF;
  RETURN NULL;
END
$$;
--> statement-breakpoint
-- Makes the row of a process that begins to read from a replica, and gives what it must at least be shown from then on, and
-- the time. Under the lock of the log: whoever takes something away either comes before, and is in what is given, or sees
-- the row. What was promised must outlast a crash; a failover is told by the start of the server.
CREATE FUNCTION "grant_state_promise"("reader_id" uuid, "lease" integer)
RETURNS TABLE ("number" bigint, "nonce" uuid, "now_ms" double precision) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
  newest bigint;
  is_first boolean;
BEGIN
  PERFORM set_config('synchronous_commit', 'local', true);
  PERFORM pg_advisory_xact_lock(5019871430);
  INSERT INTO "public"."state_promise_epoch" AS known ("server_start", "lease_ms")
    VALUES (extract(epoch FROM pg_postmaster_start_time())::text, "lease")
    ON CONFLICT ("id") DO UPDATE SET "lease_ms" = excluded."lease_ms" WHERE known."lease_ms" < excluded."lease_ms";
  is_first := FOUND;
  SELECT max("number") INTO newest FROM "public"."state_changes";
  IF is_first OR newest IS NULL THEN
    -- A replica that shows this number has the row above: after its promotion it tells that promises may be missing.
    newest := coalesce(newest, 0) + 1;
    INSERT INTO "public"."state_changes" ("number", "keys") VALUES (newest, '{}');
  END IF;
  INSERT INTO "public"."state_promises" ("reader", "number", "lease_ms") VALUES ("reader_id", newest, "lease")
    ON CONFLICT ("reader") DO UPDATE SET "renewal" = excluded."renewal", "number" = excluded."number",
      "lease_ms" = excluded."lease_ms", "renewed_at" = excluded."renewed_at";
  RETURN QUERY SELECT "number", "nonce", (extract(epoch FROM clock_timestamp()) * 1000)::double precision
    FROM "public"."state_changes" WHERE "number" = newest;
END
$$;
