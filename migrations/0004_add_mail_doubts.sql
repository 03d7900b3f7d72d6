ALTER TABLE "mails" ADD COLUMN "doubts" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "mails" ADD CONSTRAINT "mails__doubts_check" CHECK ("mails"."doubts" >= 0);