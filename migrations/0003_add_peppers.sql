CREATE TABLE "peppers" (
	"version" text PRIMARY KEY NOT NULL,
	"sealed_pepper" text NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "peppers__version_check" CHECK ("peppers"."version" ~ '^[A-Za-z0-9_-]{8}$')
);
