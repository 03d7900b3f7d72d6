CREATE TABLE "api_clients" (
	"id" uuid PRIMARY KEY NOT NULL,
	"client_id" text NOT NULL,
	"organization_id" uuid NOT NULL,
	"application_id" uuid,
	"name" text NOT NULL,
	"description" text,
	"environment" text NOT NULL,
	"permissions" text[] NOT NULL,
	"allowed_redirect_urls" text[] DEFAULT '{}' NOT NULL,
	"status" text DEFAULT 'active' NOT NULL,
	"expires_at" timestamp (3) with time zone,
	"last_used_at" timestamp (3) with time zone,
	"version" integer DEFAULT 1 NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "api_clients__client_id_key" UNIQUE("client_id"),
	CONSTRAINT "api_clients__id_application_id_key" UNIQUE("id","application_id"),
	CONSTRAINT "api_clients__client_id_check" CHECK ("api_clients"."client_id" ~ '^[A-Za-z0-9_-]{22}$'),
	CONSTRAINT "api_clients__environment_check" CHECK ("api_clients"."environment" in ('live', 'staging')),
	CONSTRAINT "api_clients__status_check" CHECK ("api_clients"."status" in ('active', 'paused')),
	CONSTRAINT "api_clients__permissions_check" CHECK (cardinality("api_clients"."permissions") >= 1)
);
--> statement-breakpoint
CREATE TABLE "applications" (
	"id" uuid PRIMARY KEY NOT NULL,
	"organization_id" uuid NOT NULL,
	"primary_client_id" uuid NOT NULL,
	"name" text NOT NULL,
	"website_url" text,
	"redirect_uris" text[] DEFAULT '{}' NOT NULL,
	"terms_url" text,
	"privacy_url" text,
	"description" text,
	"version" integer DEFAULT 1 NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "applications__id_organization_id_key" UNIQUE("id","organization_id"),
	CONSTRAINT "applications__primary_client_id_key" UNIQUE("primary_client_id")
);
--> statement-breakpoint
CREATE TABLE "mails" (
	"id" uuid PRIMARY KEY NOT NULL,
	"sealed_message" text NOT NULL,
	"attempts" integer DEFAULT 0 NOT NULL,
	"next_attempt_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"expires_at" timestamp (3) with time zone NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "mails__attempts_check" CHECK ("mails"."attempts" >= 0)
);
--> statement-breakpoint
CREATE TABLE "memberships" (
	"id" uuid PRIMARY KEY NOT NULL,
	"organization_id" uuid NOT NULL,
	"user_id" uuid NOT NULL,
	"role" text NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "memberships__organization_id_user_id_key" UNIQUE("organization_id","user_id"),
	CONSTRAINT "memberships__role_check" CHECK ("memberships"."role" in ('owner', 'admin', 'developer', 'reader'))
);
--> statement-breakpoint
CREATE TABLE "organizations" (
	"id" uuid PRIMARY KEY NOT NULL,
	"name" text NOT NULL,
	"contact_email" text NOT NULL,
	"version" integer DEFAULT 1 NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
CREATE TABLE "secrets" (
	"id" uuid PRIMARY KEY NOT NULL,
	"api_client_id" uuid NOT NULL,
	"lookup_id" text NOT NULL,
	"hash" text NOT NULL,
	"pepper_version" text NOT NULL,
	"hint" text NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"expires_at" timestamp (3) with time zone,
	"last_used_at" timestamp (3) with time zone,
	CONSTRAINT "secrets__lookup_id_check" CHECK ("secrets"."lookup_id" ~ '^[0-9A-Za-z]{22}$'),
	CONSTRAINT "secrets__hint_check" CHECK (length("secrets"."hint") = 4),
	CONSTRAINT "secrets__hash_check" CHECK ("secrets"."hash" like '$argon2id$%')
);
--> statement-breakpoint
CREATE TABLE "signing_keys" (
	"kid" text PRIMARY KEY NOT NULL,
	"public_jwk" jsonb NOT NULL,
	"sealed_private_key" text NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"retired_at" timestamp (3) with time zone
);
--> statement-breakpoint
CREATE TABLE "login_failures" (
	"email" text NOT NULL,
	"source" text NOT NULL,
	"failures" integer NOT NULL,
	"last_failed_at" timestamp (3) with time zone NOT NULL,
	"locked_until" timestamp (3) with time zone,
	CONSTRAINT "login_failures__pkey" PRIMARY KEY("email","source"),
	CONSTRAINT "login_failures__email_check" CHECK ("login_failures"."email" = lower("login_failures"."email")),
	CONSTRAINT "login_failures__failures_check" CHECK ("login_failures"."failures" >= 1)
);
--> statement-breakpoint
CREATE TABLE "one_time_codes" (
	"email" text NOT NULL,
	"purpose" text NOT NULL,
	"digest" text NOT NULL,
	"tries_left" integer NOT NULL,
	"sent_at" timestamp (3) with time zone NOT NULL,
	"expires_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "one_time_codes__pkey" PRIMARY KEY("email","purpose"),
	CONSTRAINT "one_time_codes__email_check" CHECK ("one_time_codes"."email" = lower("one_time_codes"."email")),
	CONSTRAINT "one_time_codes__purpose_check" CHECK ("one_time_codes"."purpose" in ('verify_email', 'reset_password')),
	CONSTRAINT "one_time_codes__tries_left_check" CHECK ("one_time_codes"."tries_left" between 0 and 5)
);
--> statement-breakpoint
CREATE TABLE "refresh_tokens" (
	"digest" text PRIMARY KEY NOT NULL,
	"session_id" uuid NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"expires_at" timestamp (3) with time zone NOT NULL,
	"spent_at" timestamp (3) with time zone
);
--> statement-breakpoint
CREATE TABLE "registrations" (
	"email" text PRIMARY KEY NOT NULL,
	"password_hash" text NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "registrations__email_check" CHECK ("registrations"."email" = lower("registrations"."email"))
);
--> statement-breakpoint
CREATE TABLE "sessions" (
	"id" uuid PRIMARY KEY NOT NULL,
	"user_id" uuid NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"expires_at" timestamp (3) with time zone NOT NULL,
	"ended_at" timestamp (3) with time zone
);
--> statement-breakpoint
CREATE TABLE "users" (
	"id" uuid PRIMARY KEY NOT NULL,
	"email" text NOT NULL,
	"password_hash" text NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL
);
--> statement-breakpoint
ALTER TABLE "api_clients" ADD CONSTRAINT "api_clients__organization_id_fkey" FOREIGN KEY ("organization_id") REFERENCES "public"."organizations"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "api_clients" ADD CONSTRAINT "api_clients__application_id_organization_id_fkey" FOREIGN KEY ("application_id","organization_id") REFERENCES "public"."applications"("id","organization_id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "applications" ADD CONSTRAINT "applications__organization_id_fkey" FOREIGN KEY ("organization_id") REFERENCES "public"."organizations"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "applications" ADD CONSTRAINT "applications__primary_client_id_fkey" FOREIGN KEY ("primary_client_id","id") REFERENCES "public"."api_clients"("id","application_id") ON DELETE no action ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "memberships" ADD CONSTRAINT "memberships__user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "memberships" ADD CONSTRAINT "memberships__organization_id_fkey" FOREIGN KEY ("organization_id") REFERENCES "public"."organizations"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "secrets" ADD CONSTRAINT "secrets__api_client_id_fkey" FOREIGN KEY ("api_client_id") REFERENCES "public"."api_clients"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "refresh_tokens" ADD CONSTRAINT "refresh_tokens__session_id_fkey" FOREIGN KEY ("session_id") REFERENCES "public"."sessions"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "sessions" ADD CONSTRAINT "sessions__user_id_fkey" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "api_clients__organization_id_id_idx" ON "api_clients" USING btree ("organization_id","id");--> statement-breakpoint
CREATE INDEX "api_clients__application_id_organization_id_idx" ON "api_clients" USING btree ("application_id","organization_id");--> statement-breakpoint
CREATE INDEX "applications__organization_id_id_idx" ON "applications" USING btree ("organization_id","id");--> statement-breakpoint
CREATE INDEX "mails__next_attempt_at_idx" ON "mails" USING btree ("next_attempt_at");--> statement-breakpoint
CREATE INDEX "memberships__user_id_idx" ON "memberships" USING btree ("user_id");--> statement-breakpoint
CREATE UNIQUE INDEX "secrets__lookup_id_key" ON "secrets" USING btree ("lookup_id");--> statement-breakpoint
CREATE UNIQUE INDEX "secrets__current_key" ON "secrets" USING btree ("api_client_id") WHERE "secrets"."expires_at" is null;--> statement-breakpoint
CREATE UNIQUE INDEX "secrets__expiring_key" ON "secrets" USING btree ("api_client_id") WHERE "secrets"."expires_at" is not null;--> statement-breakpoint
CREATE UNIQUE INDEX "signing_keys__current_key" ON "signing_keys" USING btree ((true)) WHERE "signing_keys"."retired_at" is null;--> statement-breakpoint
CREATE INDEX "login_failures__last_failed_at_idx" ON "login_failures" USING btree ("last_failed_at");--> statement-breakpoint
CREATE INDEX "one_time_codes__expires_at_idx" ON "one_time_codes" USING btree ("expires_at");--> statement-breakpoint
CREATE INDEX "refresh_tokens__session_id_idx" ON "refresh_tokens" USING btree ("session_id");--> statement-breakpoint
CREATE INDEX "refresh_tokens__expires_at_idx" ON "refresh_tokens" USING btree ("expires_at");--> statement-breakpoint
CREATE INDEX "registrations__updated_at_idx" ON "registrations" USING btree ("updated_at");--> statement-breakpoint
CREATE INDEX "sessions__user_id_idx" ON "sessions" USING btree ("user_id");--> statement-breakpoint
CREATE INDEX "sessions__expires_at_idx" ON "sessions" USING btree ("expires_at");--> statement-breakpoint
CREATE UNIQUE INDEX "users__email_key" ON "users" USING btree (lower("email"));