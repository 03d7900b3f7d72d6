-- Changes of API clients wait while the indexes are made: some ten seconds for a million of them.
CREATE INDEX "api_clients__environment_organization_id_id_idx" ON "api_clients" USING btree ("environment","organization_id","id");--> statement-breakpoint
CREATE INDEX "api_clients__status_organization_id_id_idx" ON "api_clients" USING btree ("status","organization_id","id");--> statement-breakpoint
CREATE INDEX "api_clients__application_id_organization_id_id_idx" ON "api_clients" USING btree ("application_id","organization_id","id");--> statement-breakpoint
CREATE INDEX "api_clients__no_application_idx" ON "api_clients" USING btree ("organization_id","id") WHERE "api_clients"."application_id" is null;--> statement-breakpoint
-- Last, because from here to the end nobody reads the table.
DROP INDEX "api_clients__paused_idx";--> statement-breakpoint
DROP INDEX "api_clients__application_id_organization_id_idx";