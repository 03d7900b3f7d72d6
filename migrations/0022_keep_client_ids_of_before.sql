-- The client_ids of API clients that went before 0021 kept them, as far as the audit trail tells: an event about a client
-- has its client_id as the target, and that of an application's primary client stands among the changes. Within a text of
-- canonical JSON no quote stands unescaped, so no name can pass for that. The audit trail is read once, and nobody waits.
INSERT INTO "spent_client_ids" ("client_id", "organization_id")
  SELECT DISTINCT ON ("client_id") "client_id", "chain_id" FROM (
    SELECT "target_id" AS "client_id", "chain_id", "at" FROM "audit_events"
      WHERE "action" IN ('api_client.create', 'api_client.update', 'api_client.delete')
    UNION ALL
    SELECT substring("canonical" from '"client_id":\{"from":null,"to":"([A-Za-z0-9._~-]+)"\}'), "chain_id", "at"
      FROM "audit_events" WHERE "action" = 'application.create'
  ) AS "named"
  WHERE "client_id" IS NOT NULL
    AND NOT EXISTS (SELECT FROM "api_clients" WHERE "api_clients"."client_id" = "named"."client_id")
  ORDER BY "client_id", "at" DESC
  ON CONFLICT DO NOTHING;
