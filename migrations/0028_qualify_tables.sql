-- Names in functions are looked up in the session that runs them: whoever made a temporary table of the same name could delete
-- audit events by it, and a session without a search path could delete no API client.
CREATE OR REPLACE FUNCTION "append_audit_events"(
  "chain_types" text[], "chain_ids" uuid[], "actions" text[], "actor_ids" text[], "target_ids" text[], "parts" text[]
) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
  head record;
  event_sequence bigint;
  event_at timestamptz;
  event_text text;
  event_hash text;
BEGIN
  FOR i IN 1 .. cardinality(chain_ids) LOOP
    SELECT "sequence", "hash", "at" INTO head FROM "public"."audit_chains" WHERE "id" = chain_ids[i] FOR NO KEY UPDATE;
    IF NOT FOUND THEN
      -- Of several who begin the chain at once, one does; the others wait for it here.
      INSERT INTO "public"."audit_chains" ("id", "type", "sequence", "hash", "at")
        VALUES (chain_ids[i], chain_types[i], 0,
                encode(sha256(convert_to(chain_types[i] || ':' || chain_ids[i]::text, 'UTF8')), 'hex'), '-infinity')
        ON CONFLICT DO NOTHING;
      SELECT "sequence", "hash", "at" INTO STRICT head FROM "public"."audit_chains" WHERE "id" = chain_ids[i] FOR NO KEY UPDATE;
    END IF;
    event_sequence := head."sequence" + 1;
    -- A chain's times never go back, whatever the server's clock does.
    event_at := greatest(date_trunc('milliseconds', clock_timestamp()), head."at");
    event_text := parts[4 * i - 3] || to_char(event_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')
      || parts[4 * i - 2] || head."hash" || parts[4 * i - 1] || event_sequence::text || parts[4 * i];
    event_hash := encode(sha256(convert_to(event_text, 'UTF8')), 'hex');
    INSERT INTO "public"."audit_events" ("chain_id", "sequence", "canonical", "hash", "at", "action", "actor_id", "target_id")
      VALUES (chain_ids[i], event_sequence, event_text, event_hash, event_at, actions[i], actor_ids[i], target_ids[i]);
    UPDATE "public"."audit_chains" SET "sequence" = event_sequence, "hash" = event_hash, "at" = event_at WHERE "id" = chain_ids[i];
  END LOOP;
  RETURN cardinality(chain_ids);
END
$$;
--> statement-breakpoint
CREATE OR REPLACE FUNCTION "append_audit_events_if"(
  "is_kept" boolean,
  "chain_types" text[], "chain_ids" uuid[], "actions" text[], "actor_ids" text[], "target_ids" text[], "parts" text[]
) RETURNS integer LANGUAGE plpgsql AS $$
BEGIN
  PERFORM "public"."append_audit_events"(chain_types, chain_ids, actions, actor_ids, target_ids, parts);
  IF NOT is_kept THEN
    RAISE EXCEPTION USING ERRCODE = 'LK001';
  END IF;
  RETURN cardinality(chain_ids);
EXCEPTION WHEN SQLSTATE 'LK001' THEN
  RETURN 0;
END
$$;
--> statement-breakpoint
-- Operators too: who may make a schema could have his own "=" looked up first.
CREATE OR REPLACE FUNCTION "guard_audit_cut"() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF TG_TABLE_NAME = 'audit_events' THEN
    IF EXISTS (SELECT FROM "public"."audit_cuts" WHERE "chain_id" = OLD."chain_id" AND "sequence" >= OLD."sequence") THEN
      RETURN OLD;
    END IF;
  ELSIF EXISTS (
    SELECT FROM "public"."audit_events" WHERE "chain_id" = NEW."chain_id" AND "sequence" = NEW."sequence" AND "hash" = NEW."hash"
  ) THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION '% of % is refused: the audit trail is only appended to', TG_OP, TG_TABLE_NAME
    USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME, TABLE = TG_TABLE_NAME;
END
$$;
--> statement-breakpoint
CREATE OR REPLACE FUNCTION "keep_spent_client_ids"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO "public"."spent_client_ids" ("client_id", "organization_id")
    SELECT "client_id", "organization_id" FROM "gone"
    ON CONFLICT ("client_id") DO UPDATE SET "organization_id" = excluded."organization_id";
  RETURN NULL;
END
$$;
--> statement-breakpoint
CREATE OR REPLACE FUNCTION "count_api_clients"("organization" uuid, "at_most" integer) RETURNS integer
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  RETURN (SELECT count(*) FROM (SELECT FROM "public"."api_clients" WHERE "organization_id" = organization LIMIT at_most) AS counted);
END
$$;
