-- Changes of organizations and API clients wait for a moment while keys and triggers are made, however many there are: nothing
-- is counted here. Each organization is counted once, by the first creation in it that has a quota to keep.
CREATE TABLE "api_client_counts" (
	"organization_id" uuid PRIMARY KEY NOT NULL,
	"counted" integer,
	"added_since" integer NOT NULL
);
--> statement-breakpoint
ALTER TABLE "api_client_counts" ADD CONSTRAINT "api_client_counts__organization_id_fkey" FOREIGN KEY ("organization_id") REFERENCES "public"."organizations"("id") ON DELETE cascade ON UPDATE no action;
--> statement-breakpoint
-- A row is updated by each creation, and next to its older versions as long as there is room on its page.
ALTER TABLE "api_client_counts" SET (fillfactor = 20);
--> statement-breakpoint
-- Notes how many API clients came to each organization; where nobody has counted it only holds the row, so that whoever counts
-- waits. Deletions leave the row as it is, and so lock nothing.
CREATE FUNCTION "note_added_clients"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF current_setting('session_replication_role') = 'replica' THEN
    -- On a subscriber the rows come along from the publisher, and must not be there already.
    UPDATE "public"."api_client_counts" SET "counted" = NULL
      WHERE "organization_id" IN (SELECT "organization_id" FROM "made") AND "counted" IS NOT NULL;
  ELSE
    INSERT INTO "public"."api_client_counts" AS "noted" ("organization_id", "added_since")
      SELECT "organization_id", count(*) FROM "made" GROUP BY "organization_id" ORDER BY "organization_id"
      ON CONFLICT ("organization_id") DO UPDATE SET "added_since" = "noted"."added_since" + excluded."added_since"
      WHERE "noted"."counted" IS NOT NULL;
  END IF;
  RETURN NULL;
END
$$;
--> statement-breakpoint
CREATE TRIGGER "api_clients__note_added" AFTER INSERT ON "api_clients"
  REFERENCING NEW TABLE AS "made" FOR EACH STATEMENT EXECUTE FUNCTION "note_added_clients"();
--> statement-breakpoint
-- Also in sessions that ask for no triggers (session_replication_role).
ALTER TABLE "api_clients" ENABLE ALWAYS TRIGGER "api_clients__note_added";
--> statement-breakpoint
-- How many there are at most, if that is below `at_most`; else whether there are that many. It counts only where what was noted
-- leaves that open, and then what is there now, not what was there when the statement began that asks: it may have waited
-- for a lock since. The row is held before, so that nobody adds one unseen. A count that ended at its limit is not kept.
CREATE OR REPLACE FUNCTION "count_api_clients"("organization" uuid, "at_most" integer) RETURNS integer
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  clients integer;
BEGIN
  SELECT "counted" + "added_since" INTO clients FROM "public"."api_client_counts"
    WHERE "organization_id" = organization FOR NO KEY UPDATE;
  IF clients < at_most THEN
    RETURN clients;
  END IF;
  IF NOT FOUND THEN
    INSERT INTO "public"."api_client_counts" ("organization_id", "added_since") VALUES (organization, 0) ON CONFLICT DO NOTHING;
    PERFORM FROM "public"."api_client_counts" WHERE "organization_id" = organization FOR NO KEY UPDATE;
  END IF;
  SELECT count(*) INTO clients FROM (
    SELECT FROM "public"."api_clients" WHERE "organization_id" = organization LIMIT at_most
  ) AS "listed";
  IF clients < at_most THEN
    UPDATE "public"."api_client_counts" SET "counted" = clients, "added_since" = 0 WHERE "organization_id" = organization;
  END IF;
  RETURN clients;
END
$$;
