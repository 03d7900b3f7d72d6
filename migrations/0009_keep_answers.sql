CREATE TABLE "kept_answers" (
	"digest" text PRIMARY KEY NOT NULL,
	"user_id" uuid NOT NULL,
	"sealed_answer" text NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"expires_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "kept_answers__sealed_answer_check" CHECK (octet_length("kept_answers"."sealed_answer") <= 1048576)
);
--> statement-breakpoint
CREATE INDEX "kept_answers__expires_at_idx" ON "kept_answers" USING btree ("expires_at");--> statement-breakpoint
CREATE INDEX "kept_answers__user_id_expires_at_idx" ON "kept_answers" USING btree ("user_id","expires_at");