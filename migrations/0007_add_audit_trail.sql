CREATE TABLE "audit_chains" (
	"id" uuid PRIMARY KEY NOT NULL,
	"type" text NOT NULL,
	"sequence" bigint NOT NULL,
	"hash" text NOT NULL,
	"at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "audit_chains__type_check" CHECK ("audit_chains"."type" in ('organization', 'user')),
	CONSTRAINT "audit_chains__sequence_check" CHECK ("audit_chains"."sequence" >= 0)
);
--> statement-breakpoint
CREATE TABLE "audit_cuts" (
	"chain_id" uuid PRIMARY KEY NOT NULL,
	"sequence" bigint NOT NULL,
	"hash" text NOT NULL,
	"sealed_head" text NOT NULL,
	"cut_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "audit_events" (
	"chain_id" uuid NOT NULL,
	"sequence" bigint NOT NULL,
	"canonical" text NOT NULL,
	"hash" text NOT NULL,
	"at" timestamp (3) with time zone NOT NULL,
	"action" text NOT NULL,
	"actor_id" text,
	"target_id" text,
	CONSTRAINT "audit_events__pkey" PRIMARY KEY("chain_id","sequence")
);
--> statement-breakpoint
CREATE INDEX "audit_events__chain_id_target_id_idx" ON "audit_events" USING btree ("chain_id","target_id","sequence");--> statement-breakpoint
CREATE INDEX "audit_events__chain_id_at_idx" ON "audit_events" USING btree ("chain_id","at","sequence");--> statement-breakpoint
CREATE INDEX "audit_events__at_idx" ON "audit_events" USING brin ("at");--> statement-breakpoint
-- Appends events to their chains, in the order given: for each it locks the chain's head and nothing else. `parts` holds
-- four pieces of canonical JSON an event; the time, the hash before it and its sequence, which only the lock tells, go between.
CREATE FUNCTION "append_audit_events"(
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
    SELECT "sequence", "hash", "at" INTO head FROM "audit_chains" WHERE "id" = chain_ids[i] FOR NO KEY UPDATE;
    IF NOT FOUND THEN
      -- Of several who begin the chain at once, one does; the others wait for it here.
      INSERT INTO "audit_chains" ("id", "type", "sequence", "hash", "at")
        VALUES (chain_ids[i], chain_types[i], 0,
                encode(sha256(convert_to(chain_types[i] || ':' || chain_ids[i]::text, 'UTF8')), 'hex'), '-infinity')
        ON CONFLICT DO NOTHING;
      SELECT "sequence", "hash", "at" INTO STRICT head FROM "audit_chains" WHERE "id" = chain_ids[i] FOR NO KEY UPDATE;
    END IF;
    event_sequence := head."sequence" + 1;
    -- A chain's times never go back, whatever the server's clock does.
    event_at := greatest(date_trunc('milliseconds', clock_timestamp()), head."at");
    event_text := parts[4 * i - 3] || to_char(event_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')
      || parts[4 * i - 2] || head."hash" || parts[4 * i - 1] || event_sequence::text || parts[4 * i];
    event_hash := encode(sha256(convert_to(event_text, 'UTF8')), 'hex');
    INSERT INTO "audit_events" ("chain_id", "sequence", "canonical", "hash", "at", "action", "actor_id", "target_id")
      VALUES (chain_ids[i], event_sequence, event_text, event_hash, event_at, actions[i], actor_ids[i], target_ids[i]);
    UPDATE "audit_chains" SET "sequence" = event_sequence, "hash" = event_hash, "at" = event_at WHERE "id" = chain_ids[i];
  END LOOP;
  RETURN cardinality(chain_ids);
END
$$;
--> statement-breakpoint
-- The same; where they are not to be kept, all of it is undone again. What may show nobody whether somebody exists takes this.
CREATE FUNCTION "append_audit_events_if"(
  "is_kept" boolean,
  "chain_types" text[], "chain_ids" uuid[], "actions" text[], "actor_ids" text[], "target_ids" text[], "parts" text[]
) RETURNS integer LANGUAGE plpgsql AS $$
BEGIN
  PERFORM append_audit_events(chain_types, chain_ids, actions, actor_ids, target_ids, parts);
  IF NOT is_kept THEN
    RAISE EXCEPTION USING ERRCODE = 'LK001';
  END IF;
  RETURN cardinality(chain_ids);
EXCEPTION WHEN SQLSTATE 'LK001' THEN
  RETURN 0;
END
$$;
--> statement-breakpoint
CREATE FUNCTION "refuse_audit_change"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% of % is refused: the audit trail is only appended to', TG_OP, TG_TABLE_NAME
    USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME, TABLE = TG_TABLE_NAME;
END
$$;
--> statement-breakpoint
CREATE TRIGGER "audit_events__no_update" BEFORE UPDATE ON "audit_events" FOR EACH ROW EXECUTE FUNCTION "refuse_audit_change"();
--> statement-breakpoint
CREATE TRIGGER "audit_events__no_truncate" BEFORE TRUNCATE ON "audit_events" FOR EACH STATEMENT EXECUTE FUNCTION "refuse_audit_change"();
--> statement-breakpoint
CREATE TRIGGER "audit_chains__no_delete" BEFORE DELETE ON "audit_chains" FOR EACH ROW EXECUTE FUNCTION "refuse_audit_change"();
--> statement-breakpoint
CREATE TRIGGER "audit_chains__no_truncate" BEFORE TRUNCATE ON "audit_chains" FOR EACH STATEMENT EXECUTE FUNCTION "refuse_audit_change"();
--> statement-breakpoint
CREATE TRIGGER "audit_chains__only_grow" BEFORE UPDATE ON "audit_chains" FOR EACH ROW
  WHEN (NEW."id" <> OLD."id" OR NEW."type" <> OLD."type" OR NEW."sequence" <> OLD."sequence" + 1 OR NEW."at" < OLD."at")
  EXECUTE FUNCTION "refuse_audit_change"();
--> statement-breakpoint
CREATE TRIGGER "audit_cuts__no_delete" BEFORE DELETE ON "audit_cuts" FOR EACH ROW EXECUTE FUNCTION "refuse_audit_change"();
--> statement-breakpoint
CREATE TRIGGER "audit_cuts__no_truncate" BEFORE TRUNCATE ON "audit_cuts" FOR EACH STATEMENT EXECUTE FUNCTION "refuse_audit_change"();
--> statement-breakpoint
-- Old events go only as far as a cut is recorded, and a cut names an event that was there.
CREATE FUNCTION "guard_audit_cut"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_TABLE_NAME = 'audit_events' THEN
    IF EXISTS (SELECT FROM "audit_cuts" WHERE "chain_id" = OLD."chain_id" AND "sequence" >= OLD."sequence") THEN
      RETURN OLD;
    END IF;
  ELSIF EXISTS (
    SELECT FROM "audit_events" WHERE "chain_id" = NEW."chain_id" AND "sequence" = NEW."sequence" AND "hash" = NEW."hash"
  ) THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION '% of % is refused: the audit trail is only appended to', TG_OP, TG_TABLE_NAME
    USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME, TABLE = TG_TABLE_NAME;
END
$$;
--> statement-breakpoint
CREATE TRIGGER "audit_events__no_delete" BEFORE DELETE ON "audit_events" FOR EACH ROW EXECUTE FUNCTION "guard_audit_cut"();
--> statement-breakpoint
CREATE TRIGGER "audit_cuts__guard_insert" BEFORE INSERT ON "audit_cuts" FOR EACH ROW EXECUTE FUNCTION "guard_audit_cut"();
--> statement-breakpoint
-- Sealing a head anew under another master key changes nothing else.
CREATE TRIGGER "audit_cuts__guard_update" BEFORE UPDATE ON "audit_cuts" FOR EACH ROW
  WHEN ((NEW."chain_id", NEW."sequence", NEW."hash") IS DISTINCT FROM (OLD."chain_id", OLD."sequence", OLD."hash"))
  EXECUTE FUNCTION "guard_audit_cut"();
