-- Changes of API clients, secrets and revoked tokens wait for a moment while the triggers are made; checks do not.
CREATE TABLE "state_changes" (
	"number" bigint PRIMARY KEY NOT NULL,
	"nonce" uuid DEFAULT gen_random_uuid() NOT NULL,
	"keys" uuid[],
	"at" timestamp (3) with time zone DEFAULT clock_timestamp() NOT NULL
);
--> statement-breakpoint
-- What the first check of all is told: whatever is remembered, is remembered with a number.
INSERT INTO "state_changes" ("number") VALUES (0);
--> statement-breakpoint
-- Notes whose row it is, for as long as the transaction lasts: a setting that is local to the transaction goes back with its
-- savepoints, as the rows do. Beyond two hundred clients and tokens it notes all there are. Nothing here relies on a search
-- path: whoever restores or works by hand may have none.
CREATE FUNCTION "note_state_change"() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  noted text := coalesce(nullif(current_setting('latchkey.state_changes', true), 'numbered'), '');
  changed uuid[];
BEGIN
  IF noted = '*' THEN
    RETURN NULL;
  ELSIF TG_OP = 'TRUNCATE' THEN
    noted := '*';
  ELSE
    IF TG_TABLE_NAME = 'api_clients' THEN
      changed := ARRAY[OLD."id"];
    ELSIF TG_TABLE_NAME = 'revoked_access_tokens' THEN
      changed := ARRAY[NEW."jti"];
    ELSIF TG_OP = 'DELETE' THEN
      changed := ARRAY[OLD."api_client_id"];
    ELSE
      changed := ARRAY[OLD."api_client_id", NEW."api_client_id"];
    END IF;
    FOR i IN 1 .. cardinality(changed) LOOP
      IF strpos(noted, changed[i]::text) = 0 THEN
        noted := concat(noted, ',', changed[i]);
      END IF;
    END LOOP;
    IF length(noted) > 200 * 37 THEN
      noted := '*';
    END IF;
  END IF;
  PERFORM set_config('latchkey.state_changes', noted, true);
  RETURN NULL;
END
$$;
--> statement-breakpoint
-- Gives what the transaction has noted the next number, once, at its commit: the lock is its last and is held until the
-- commit can be seen, so that the order of the numbers is that of the commits, and no number is seen before its change.
CREATE FUNCTION "number_state_change"() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  noted text := coalesce(current_setting('latchkey.state_changes', true), '');
BEGIN
  IF noted = 'numbered' THEN
    RETURN NULL;
  END IF;
  PERFORM set_config('latchkey.state_changes', 'numbered', true);
  PERFORM pg_advisory_xact_lock(5019871430);
  IF current_setting('session_replication_role') = 'replica' THEN
    -- On a subscriber the numbers come along from the publisher. Whoever knows the newest one does not know it any more.
    UPDATE "public"."state_changes" SET "nonce" = gen_random_uuid(), "keys" = NULL
      WHERE "number" = (SELECT max("number") FROM "public"."state_changes");
  ELSE
    -- What was noted is gone after a RESET ALL: then it was everything.
    INSERT INTO "public"."state_changes" ("number", "keys") VALUES (
      coalesce((SELECT max("number") FROM "public"."state_changes"), 0) + 1,
      CASE WHEN noted NOT IN ('', '*') THEN string_to_array(substr(noted, 2), ',')::uuid[] END
    );
  END IF;
  RETURN NULL;
END
$$;
--> statement-breakpoint
-- In the order in which changes lock them.
LOCK TABLE "api_clients", "secrets", "revoked_access_tokens" IN SHARE ROW EXCLUSIVE MODE;
--> statement-breakpoint
-- The columns that a check looks at; not when it was last used, which is written all the time.
CREATE TRIGGER "api_clients__note_update" AFTER UPDATE ON "api_clients" FOR EACH ROW
  WHEN (
    (OLD."id", OLD."client_id", OLD."organization_id", OLD."application_id", OLD."environment", OLD."name",
     OLD."permissions", OLD."status", OLD."expires_at", OLD."allowed_ips")
    IS DISTINCT FROM
    (NEW."id", NEW."client_id", NEW."organization_id", NEW."application_id", NEW."environment", NEW."name",
     NEW."permissions", NEW."status", NEW."expires_at", NEW."allowed_ips")
  )
  EXECUTE FUNCTION "note_state_change"();
--> statement-breakpoint
CREATE CONSTRAINT TRIGGER "api_clients__number_update" AFTER UPDATE ON "api_clients"
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
  WHEN (
    (OLD."id", OLD."client_id", OLD."organization_id", OLD."application_id", OLD."environment", OLD."name",
     OLD."permissions", OLD."status", OLD."expires_at", OLD."allowed_ips")
    IS DISTINCT FROM
    (NEW."id", NEW."client_id", NEW."organization_id", NEW."application_id", NEW."environment", NEW."name",
     NEW."permissions", NEW."status", NEW."expires_at", NEW."allowed_ips")
  )
  EXECUTE FUNCTION "number_state_change"();
--> statement-breakpoint
CREATE TRIGGER "api_clients__note_delete" AFTER DELETE ON "api_clients" FOR EACH ROW
  EXECUTE FUNCTION "note_state_change"();
--> statement-breakpoint
CREATE CONSTRAINT TRIGGER "api_clients__number_delete" AFTER DELETE ON "api_clients"
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
  EXECUTE FUNCTION "number_state_change"();
--> statement-breakpoint
CREATE TRIGGER "secrets__note_update" AFTER UPDATE ON "secrets" FOR EACH ROW
  WHEN (
    (OLD."id", OLD."api_client_id", OLD."lookup_id", OLD."hash", OLD."pepper_version", OLD."imported_strength",
     OLD."imported_lookup", OLD."expires_at", OLD."ended_at")
    IS DISTINCT FROM
    (NEW."id", NEW."api_client_id", NEW."lookup_id", NEW."hash", NEW."pepper_version", NEW."imported_strength",
     NEW."imported_lookup", NEW."expires_at", NEW."ended_at")
  )
  EXECUTE FUNCTION "note_state_change"();
--> statement-breakpoint
CREATE CONSTRAINT TRIGGER "secrets__number_update" AFTER UPDATE ON "secrets"
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
  WHEN (
    (OLD."id", OLD."api_client_id", OLD."lookup_id", OLD."hash", OLD."pepper_version", OLD."imported_strength",
     OLD."imported_lookup", OLD."expires_at", OLD."ended_at")
    IS DISTINCT FROM
    (NEW."id", NEW."api_client_id", NEW."lookup_id", NEW."hash", NEW."pepper_version", NEW."imported_strength",
     NEW."imported_lookup", NEW."expires_at", NEW."ended_at")
  )
  EXECUTE FUNCTION "number_state_change"();
--> statement-breakpoint
-- One that has ended is found by nobody, and so is remembered by nobody.
CREATE TRIGGER "secrets__note_delete" AFTER DELETE ON "secrets" FOR EACH ROW
  WHEN (OLD."ended_at" IS NULL)
  EXECUTE FUNCTION "note_state_change"();
--> statement-breakpoint
CREATE CONSTRAINT TRIGGER "secrets__number_delete" AFTER DELETE ON "secrets"
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
  WHEN (OLD."ended_at" IS NULL)
  EXECUTE FUNCTION "number_state_change"();
--> statement-breakpoint
-- No revoked token is remembered, so that a row may go without a word.
CREATE TRIGGER "revoked_access_tokens__note_insert" AFTER INSERT ON "revoked_access_tokens" FOR EACH ROW
  EXECUTE FUNCTION "note_state_change"();
--> statement-breakpoint
CREATE CONSTRAINT TRIGGER "revoked_access_tokens__number_insert" AFTER INSERT ON "revoked_access_tokens"
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
  EXECUTE FUNCTION "number_state_change"();
--> statement-breakpoint
CREATE TRIGGER "revoked_access_tokens__note_update" AFTER UPDATE ON "revoked_access_tokens" FOR EACH ROW
  WHEN (OLD."jti" IS DISTINCT FROM NEW."jti")
  EXECUTE FUNCTION "note_state_change"();
--> statement-breakpoint
CREATE CONSTRAINT TRIGGER "revoked_access_tokens__number_update" AFTER UPDATE ON "revoked_access_tokens"
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
  WHEN (OLD."jti" IS DISTINCT FROM NEW."jti")
  EXECUTE FUNCTION "number_state_change"();
--> statement-breakpoint
-- Both at once, in the order of their names: nothing of a statement can wait for the commit.
CREATE TRIGGER "api_clients__note_truncate" AFTER TRUNCATE ON "api_clients" FOR EACH STATEMENT EXECUTE FUNCTION "note_state_change"();
--> statement-breakpoint
CREATE TRIGGER "api_clients__number_truncate" AFTER TRUNCATE ON "api_clients" FOR EACH STATEMENT EXECUTE FUNCTION "number_state_change"();
--> statement-breakpoint
CREATE TRIGGER "secrets__note_truncate" AFTER TRUNCATE ON "secrets" FOR EACH STATEMENT EXECUTE FUNCTION "note_state_change"();
--> statement-breakpoint
CREATE TRIGGER "secrets__number_truncate" AFTER TRUNCATE ON "secrets" FOR EACH STATEMENT EXECUTE FUNCTION "number_state_change"();
--> statement-breakpoint
-- Also in sessions that ask for no triggers (session_replication_role).
ALTER TABLE "api_clients"
  ENABLE ALWAYS TRIGGER "api_clients__note_update",
  ENABLE ALWAYS TRIGGER "api_clients__number_update",
  ENABLE ALWAYS TRIGGER "api_clients__note_delete",
  ENABLE ALWAYS TRIGGER "api_clients__number_delete",
  ENABLE ALWAYS TRIGGER "api_clients__note_truncate",
  ENABLE ALWAYS TRIGGER "api_clients__number_truncate";
--> statement-breakpoint
ALTER TABLE "secrets"
  ENABLE ALWAYS TRIGGER "secrets__note_update",
  ENABLE ALWAYS TRIGGER "secrets__number_update",
  ENABLE ALWAYS TRIGGER "secrets__note_delete",
  ENABLE ALWAYS TRIGGER "secrets__number_delete",
  ENABLE ALWAYS TRIGGER "secrets__note_truncate",
  ENABLE ALWAYS TRIGGER "secrets__number_truncate";
--> statement-breakpoint
ALTER TABLE "revoked_access_tokens"
  ENABLE ALWAYS TRIGGER "revoked_access_tokens__note_insert",
  ENABLE ALWAYS TRIGGER "revoked_access_tokens__number_insert",
  ENABLE ALWAYS TRIGGER "revoked_access_tokens__note_update",
  ENABLE ALWAYS TRIGGER "revoked_access_tokens__number_update";
