-- An application and its primary client name each other, so one of the two keys can only hold at the commit.
ALTER TABLE "applications" ALTER CONSTRAINT "applications__primary_client_id_fkey" DEFERRABLE INITIALLY DEFERRED;
--> statement-breakpoint
CREATE FUNCTION "refuse_change"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'a column of % that never changes was changed', TG_TABLE_NAME
    USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_NAME, TABLE = TG_TABLE_NAME;
END
$$;
--> statement-breakpoint
CREATE TRIGGER "api_clients__immutable"
  BEFORE UPDATE OF "id", "client_id", "organization_id", "application_id", "environment" ON "api_clients"
  FOR EACH ROW
  WHEN (
    (OLD."id", OLD."client_id", OLD."organization_id", OLD."application_id", OLD."environment")
    IS DISTINCT FROM
    (NEW."id", NEW."client_id", NEW."organization_id", NEW."application_id", NEW."environment")
  )
  EXECUTE FUNCTION "refuse_change"();
--> statement-breakpoint
CREATE TRIGGER "applications__immutable"
  BEFORE UPDATE OF "id", "organization_id", "primary_client_id" ON "applications"
  FOR EACH ROW
  WHEN (
    (OLD."id", OLD."organization_id", OLD."primary_client_id")
    IS DISTINCT FROM
    (NEW."id", NEW."organization_id", NEW."primary_client_id")
  )
  EXECUTE FUNCTION "refuse_change"();
