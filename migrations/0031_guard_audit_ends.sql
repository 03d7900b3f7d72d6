-- An event that was put in far behind the end of its chain could be named by a cut: then all of the chain could be deleted, and
-- all that was appended to it later. A cut goes as far as its chain now, and a chain begins with nothing.
CREATE OR REPLACE FUNCTION "guard_audit_cut"() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF TG_TABLE_NAME = 'audit_events' THEN
    IF EXISTS (SELECT FROM "public"."audit_cuts" WHERE "chain_id" = OLD."chain_id" AND "sequence" >= OLD."sequence") THEN
      RETURN OLD;
    END IF;
  ELSIF EXISTS (
    SELECT FROM "public"."audit_events"
    JOIN "public"."audit_chains" ON "id" = "chain_id" AND "audit_events"."sequence" <= "audit_chains"."sequence"
    WHERE "chain_id" = NEW."chain_id" AND "audit_events"."sequence" = NEW."sequence" AND "audit_events"."hash" = NEW."hash"
  ) THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION '% of % is refused: the audit trail is only appended to', TG_OP, TG_TABLE_NAME
    USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME, TABLE = TG_TABLE_NAME;
END
$$;
--> statement-breakpoint
-- Changes that append wait for a moment while it is made.
CREATE TRIGGER "audit_chains__begin_empty" BEFORE INSERT ON "audit_chains" FOR EACH ROW
  WHEN (
    NEW."sequence" <> 0 OR NEW."at" <> '-infinity'
    OR NEW."hash" <> encode(sha256(convert_to(NEW."type" || ':' || NEW."id"::text, 'UTF8')), 'hex')
  )
  EXECUTE FUNCTION "refuse_audit_change"();
--> statement-breakpoint
-- No clock gives it, and no time after it could follow.
CREATE TRIGGER "audit_chains__at_a_time" BEFORE UPDATE ON "audit_chains" FOR EACH ROW
  WHEN (NOT isfinite(NEW."at"))
  EXECUTE FUNCTION "refuse_audit_change"();
