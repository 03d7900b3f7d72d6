-- Emails have always been stored in lower case; from here on the database says so, and compares them as they are.
UPDATE "users" SET "email" = lower("email" COLLATE "C") WHERE "email" <> lower("email" COLLATE "C");--> statement-breakpoint
-- A session ends 90 days after its login, however often it was refreshed.
UPDATE "sessions" SET "expires_at" = "created_at" + interval '2160 hours' WHERE "expires_at" > "created_at" + interval '2160 hours';--> statement-breakpoint
CREATE TABLE "account_login_failures" (
	"email" text PRIMARY KEY NOT NULL,
	"failures" integer NOT NULL,
	"since" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "account_login_failures__email_check" CHECK ("account_login_failures"."email" = lower("account_login_failures"."email" collate "C")),
	CONSTRAINT "account_login_failures__failures_check" CHECK ("account_login_failures"."failures" >= 1)
);
--> statement-breakpoint
CREATE TABLE "login_sources" (
	"user_id" uuid NOT NULL,
	"source" text NOT NULL,
	"last_used_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "login_sources__pkey" PRIMARY KEY("user_id","source")
);
--> statement-breakpoint
ALTER TABLE "login_failures" DROP CONSTRAINT "login_failures__email_check";--> statement-breakpoint
ALTER TABLE "one_time_codes" DROP CONSTRAINT "one_time_codes__email_check";--> statement-breakpoint
ALTER TABLE "registrations" DROP CONSTRAINT "registrations__email_check";--> statement-breakpoint
DROP INDEX "users__email_key";--> statement-breakpoint
ALTER TABLE "login_sources" ADD CONSTRAINT "login_sources__user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "account_login_failures__since_idx" ON "account_login_failures" USING btree ("since");--> statement-breakpoint
CREATE INDEX "login_sources__last_used_at_idx" ON "login_sources" USING btree ("last_used_at");--> statement-breakpoint
CREATE UNIQUE INDEX "users__email_key" ON "users" USING btree ("email");--> statement-breakpoint
ALTER TABLE "login_failures" ADD CONSTRAINT "login_failures__email_check" CHECK ("login_failures"."email" = lower("login_failures"."email" collate "C"));--> statement-breakpoint
ALTER TABLE "one_time_codes" ADD CONSTRAINT "one_time_codes__email_check" CHECK ("one_time_codes"."email" = lower("one_time_codes"."email" collate "C"));--> statement-breakpoint
ALTER TABLE "registrations" ADD CONSTRAINT "registrations__email_check" CHECK ("registrations"."email" = lower("registrations"."email" collate "C"));--> statement-breakpoint
ALTER TABLE "users" ADD CONSTRAINT "users__email_check" CHECK ("users"."email" = lower("users"."email" collate "C"));