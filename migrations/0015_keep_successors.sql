ALTER TABLE "refresh_tokens" ADD COLUMN "sealed_successor" text;--> statement-breakpoint
ALTER TABLE "refresh_tokens" ADD COLUMN "successor_digest" text;