-- Every release that can still run beside this one names the state of each secret it inserts.
DROP TRIGGER "secrets__retire_older" ON "secrets";--> statement-breakpoint
DROP FUNCTION "retire_secret_with_end"();
