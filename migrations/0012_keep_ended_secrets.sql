-- The tables of secrets and API clients are locked while their indexes are made: a second or two for a million rows.
CREATE TABLE "expiry_notices" (
	"subject_id" uuid NOT NULL,
	"expires_at" timestamp (3) with time zone NOT NULL,
	"days_before" smallint NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "expiry_notices__pkey" PRIMARY KEY("subject_id","expires_at","days_before")
);
--> statement-breakpoint
DROP INDEX "secrets__api_client_id_idx";--> statement-breakpoint
DROP INDEX "secrets__current_key";--> statement-breakpoint
DROP INDEX "secrets__expiring_key";--> statement-breakpoint
ALTER TABLE "secrets" ALTER COLUMN "lookup_id" DROP NOT NULL;--> statement-breakpoint
ALTER TABLE "secrets" ALTER COLUMN "hash" DROP NOT NULL;--> statement-breakpoint
ALTER TABLE "secrets" ALTER COLUMN "pepper_version" DROP NOT NULL;--> statement-breakpoint
ALTER TABLE "api_clients" ADD COLUMN "created_by" uuid;--> statement-breakpoint
ALTER TABLE "secrets" ADD COLUMN "status" text DEFAULT 'active' NOT NULL;--> statement-breakpoint
-- What had an end was running out after a rotation.
UPDATE "secrets" SET "status" = 'retiring' WHERE "expires_at" IS NOT NULL;--> statement-breakpoint
ALTER TABLE "secrets" ADD COLUMN "created_by" uuid;--> statement-breakpoint
ALTER TABLE "secrets" ADD COLUMN "own_expires_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "secrets" ADD COLUMN "last_used_ip" text;--> statement-breakpoint
ALTER TABLE "secrets" ADD COLUMN "ended_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "secrets" ADD COLUMN "ended_by" uuid;--> statement-breakpoint
CREATE INDEX "expiry_notices__expires_at_idx" ON "expiry_notices" USING btree ("expires_at");--> statement-breakpoint
CREATE INDEX "api_clients__expires_at_idx" ON "api_clients" USING btree ("expires_at") WHERE "api_clients"."expires_at" is not null;--> statement-breakpoint
CREATE INDEX "secrets__api_client_id_id_idx" ON "secrets" USING btree ("api_client_id","id");--> statement-breakpoint
CREATE UNIQUE INDEX "secrets__active_key" ON "secrets" USING btree ("api_client_id") WHERE "secrets"."status" = 'active';--> statement-breakpoint
CREATE UNIQUE INDEX "secrets__retiring_key" ON "secrets" USING btree ("api_client_id") WHERE "secrets"."status" = 'retiring';--> statement-breakpoint
CREATE INDEX "secrets__expires_at_idx" ON "secrets" USING btree ("expires_at") WHERE "secrets"."ended_at" is null and "secrets"."expires_at" is not null;--> statement-breakpoint
CREATE INDEX "secrets__ended_at_idx" ON "secrets" USING btree ("ended_at") WHERE "secrets"."ended_at" is not null;--> statement-breakpoint
ALTER TABLE "secrets" ADD CONSTRAINT "secrets__status_check" CHECK (case when "secrets"."ended_at" is null
        then "secrets"."status" in ('active', 'retiring') and num_nulls("secrets"."lookup_id", "secrets"."hash", "secrets"."pepper_version") = 0
        else "secrets"."status" in ('expired', 'revoked') and num_nonnulls("secrets"."lookup_id", "secrets"."hash", "secrets"."pepper_version") = 0
      end);--> statement-breakpoint
ALTER TABLE "secrets" ADD CONSTRAINT "secrets__expires_at_check" CHECK ("secrets"."status" = 'active' or "secrets"."expires_at" is not null);--> statement-breakpoint
ALTER TABLE "secrets" ADD CONSTRAINT "secrets__own_expires_at_check" CHECK ("secrets"."status" = 'retiring' or "secrets"."own_expires_at" is null);--> statement-breakpoint
ALTER TABLE "secrets" ADD CONSTRAINT "secrets__last_used_ip_check" CHECK ("secrets"."last_used_ip" ~ '/(24|48)$');--> statement-breakpoint
-- The release before this one rotates without a word about the status: it gives the old secret an end and inserts the new
-- one, and does not say who made it.
CREATE FUNCTION "retire_secret_with_end"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE "secrets" SET "status" = 'retiring'
  WHERE "api_client_id" = NEW."api_client_id" AND "status" = 'active' AND "expires_at" IS NOT NULL;
  RETURN NEW;
END
$$;
--> statement-breakpoint
CREATE TRIGGER "secrets__retire_older"
  BEFORE INSERT ON "secrets"
  FOR EACH ROW
  WHEN (NEW."status" = 'active' AND NEW."created_by" IS NULL)
  EXECUTE FUNCTION "retire_secret_with_end"();
