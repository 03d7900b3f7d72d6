-- Replaces a function and makes one: nobody waits for it.
-- As before (0029), and what is made here is answered when it is on the standbys that commits wait for: of those the one that
-- is promoted knows that promises may be missing, even those of the first reader that there ever was.
CREATE OR REPLACE FUNCTION "grant_state_promise"("reader_id" uuid, "lease" integer)
RETURNS TABLE ("number" bigint, "nonce" uuid, "now_ms" double precision) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
  newest bigint;
  is_first boolean;
BEGIN
  PERFORM set_config('synchronous_commit', 'on', true);
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
--> statement-breakpoint
-- Enters the server that has been the same for a lease. The next one is waited for as long as the longest lease of those that
-- read now, and no longer for one that somebody had once. Under the lock of the log, so that no reader comes meanwhile.
CREATE FUNCTION "accept_promise_server"("accepted" text, "former" text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_advisory_xact_lock(5019871430);
  -- The server that the values were read from is the one that is named: it may have been replaced meanwhile.
  UPDATE "public"."state_promise_epoch" SET "server_start" = "accepted",
      "lease_ms" = coalesce((SELECT max("lease_ms") FROM "public"."state_promises"), "lease_ms")
    WHERE "server_start" = "former" AND extract(epoch FROM pg_postmaster_start_time())::text = "accepted";
END
$$;
