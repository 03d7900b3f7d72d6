CREATE TABLE "client_usage" (
	"subject_id" uuid NOT NULL,
	"day" date NOT NULL,
	"accepted" bigint NOT NULL,
	"refused" bigint NOT NULL,
	CONSTRAINT "client_usage__pkey" PRIMARY KEY("subject_id","day"),
	CONSTRAINT "client_usage__counts_check" CHECK ("client_usage"."accepted" >= 0 and "client_usage"."refused" >= 0)
);
--> statement-breakpoint
CREATE INDEX "client_usage__day_idx" ON "client_usage" USING brin ("day");