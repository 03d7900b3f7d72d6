CREATE TABLE "code_mails" (
	"email" text PRIMARY KEY NOT NULL,
	"mailed_at" timestamp (3) with time zone[] NOT NULL,
	"expires_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "code_mails__email_check" CHECK ("code_mails"."email" = lower("code_mails"."email")),
	CONSTRAINT "code_mails__mailed_at_check" CHECK (cardinality("code_mails"."mailed_at") <= 20)
);
--> statement-breakpoint
ALTER TABLE "registrations" ADD COLUMN "is_contested" boolean DEFAULT false NOT NULL;--> statement-breakpoint
CREATE INDEX "code_mails__expires_at_idx" ON "code_mails" USING btree ("expires_at");--> statement-breakpoint
CREATE INDEX "users__password_cost_idx" ON "users" USING btree (substring("password_hash" from 'm=[0-9]+,t=[0-9]+,p=[0-9]+'));