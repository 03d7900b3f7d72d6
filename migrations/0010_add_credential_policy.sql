ALTER TABLE "api_clients" ADD COLUMN "unused_pause_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "organizations" ADD COLUMN "max_secret_lifetime_days" integer;--> statement-breakpoint
ALTER TABLE "organizations" ADD COLUMN "expiry_required_for" text[] DEFAULT '{}' NOT NULL;--> statement-breakpoint
ALTER TABLE "organizations" ADD COLUMN "max_overlap_seconds" integer;--> statement-breakpoint
ALTER TABLE "organizations" ADD COLUMN "allowed_ips_required_for" text[] DEFAULT '{}' NOT NULL;--> statement-breakpoint
ALTER TABLE "organizations" ADD COLUMN "second_factor_required" boolean DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE "organizations" ADD COLUMN "unused_pause_days" integer;--> statement-breakpoint
ALTER TABLE "organizations" ADD COLUMN "policy_version" integer DEFAULT 1 NOT NULL;--> statement-breakpoint
ALTER TABLE "organizations" ADD CONSTRAINT "organizations__max_secret_lifetime_days_check" CHECK ("organizations"."max_secret_lifetime_days" >= 1);--> statement-breakpoint
ALTER TABLE "organizations" ADD CONSTRAINT "organizations__max_overlap_seconds_check" CHECK ("organizations"."max_overlap_seconds" >= 0);--> statement-breakpoint
ALTER TABLE "organizations" ADD CONSTRAINT "organizations__unused_pause_days_check" CHECK ("organizations"."unused_pause_days" >= 1);