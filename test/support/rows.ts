import type { TestApp } from './build-app.ts';

/** Puts applications with their primary clients and those’ secrets into an organization, many at a time. No route does that. */
export async function insertApplications(test: TestApp, organizationId: string, count: number): Promise<void> {
  await test.query(
    `with made as (
       select gen_random_uuid() as app, gen_random_uuid() as client, n from generate_series(1, $2::int) as n
     ), a as (
       insert into applications (id, organization_id, primary_client_id, name)
       select app, $1::uuid, client, 'Application ' || n from made
     ), c as (
       insert into api_clients (id, client_id, organization_id, application_id, name, environment, permissions)
       select client, substr(md5(client::text), 1, 22), $1::uuid, app, 'Client ' || n, 'live', '{api.read}' from made
     )
     insert into secrets (id, api_client_id, lookup_id, hash, pepper_version, hint)
     select gen_random_uuid(), client, substr(md5(client::text), 1, 22), '$argon2id$none', 'none', 'none' from made`,
    [organizationId, count],
  );
}
