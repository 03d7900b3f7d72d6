-- The checks are made anew over all rows, and the indexes are over rows that nobody has yet: changes of API clients and
-- secrets wait for that, about a second for a million of them; checks of secrets wait for the last moment of it.
CREATE TABLE "spent_client_ids" (
	"client_id" text PRIMARY KEY NOT NULL,
	"organization_id" uuid NOT NULL
);
--> statement-breakpoint
ALTER TABLE "api_clients" DROP CONSTRAINT "api_clients__client_id_check";--> statement-breakpoint
ALTER TABLE "secrets" DROP CONSTRAINT "secrets__hash_check";--> statement-breakpoint
ALTER TABLE "secrets" DROP CONSTRAINT "secrets__status_check";--> statement-breakpoint
ALTER TABLE "secrets" ADD COLUMN "imported_strength" text;--> statement-breakpoint
ALTER TABLE "secrets" ADD COLUMN "imported_lookup" text;--> statement-breakpoint
ALTER TABLE "secrets" ADD COLUMN "imported_digest" text;--> statement-breakpoint
CREATE UNIQUE INDEX "secrets__imported_lookup_key" ON "secrets" USING btree ("imported_lookup") WHERE "secrets"."imported_lookup" is not null and "secrets"."ended_at" is null;--> statement-breakpoint
CREATE UNIQUE INDEX "secrets__imported_key" ON "secrets" USING btree ("api_client_id") WHERE "secrets"."imported_strength" is not null and "secrets"."ended_at" is null;--> statement-breakpoint
ALTER TABLE "api_clients" ADD CONSTRAINT "api_clients__client_id_check" CHECK ("api_clients"."client_id" ~ '^[A-Za-z0-9_-][A-Za-z0-9._~-]{2,127}$');--> statement-breakpoint
ALTER TABLE "secrets" ADD CONSTRAINT "secrets__imported_strength_check" CHECK ("secrets"."imported_strength" in ('random', 'unknown'));--> statement-breakpoint
ALTER TABLE "secrets" ADD CONSTRAINT "secrets__imported_lookup_check" CHECK ("secrets"."imported_lookup" is null or "secrets"."imported_strength" = 'random');--> statement-breakpoint
ALTER TABLE "secrets" ADD CONSTRAINT "secrets__hash_check" CHECK ("secrets"."hash" like '$argon2id$%' or ("secrets"."imported_strength" is not null and "secrets"."pepper_version" is null));--> statement-breakpoint
ALTER TABLE "secrets" ADD CONSTRAINT "secrets__status_check" CHECK (case when "secrets"."ended_at" is null
        then "secrets"."status" in ('active', 'retiring') and case when "secrets"."imported_strength" is null
          then num_nulls("secrets"."lookup_id", "secrets"."hash", "secrets"."pepper_version") = 0
          else "secrets"."lookup_id" is null and num_nulls("secrets"."hash", "secrets"."imported_digest") = 0
        end
        else "secrets"."status" in ('expired', 'revoked') and num_nonnulls("secrets"."lookup_id", "secrets"."hash", "secrets"."pepper_version") = 0
      end);--> statement-breakpoint
-- Whoever deletes an API client, by whatever way: with its application or organization as well.
CREATE FUNCTION "keep_spent_client_ids"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO "spent_client_ids" ("client_id", "organization_id")
    SELECT "client_id", "organization_id" FROM "gone"
    ON CONFLICT ("client_id") DO UPDATE SET "organization_id" = excluded."organization_id";
  RETURN NULL;
END
$$;
--> statement-breakpoint
CREATE TRIGGER "api_clients__keep_spent_client_ids"
  AFTER DELETE ON "api_clients" REFERENCING OLD TABLE AS "gone"
  FOR EACH STATEMENT EXECUTE FUNCTION "keep_spent_client_ids"();
