import type { TestApp } from './build-app.ts';

/** Puts applications with their primary clients into an organization, many at a time. No route does that. */
export async function insertApplications(test: TestApp, organizationId: string, count: number): Promise<void> {
  await test.query(
    `with made as (
       select gen_random_uuid() as app, gen_random_uuid() as client, n from generate_series(1, $2::int) as n
     ), a as (
       insert into applications (id, organization_id, primary_client_id, name)
       select app, $1::uuid, client, 'Application ' || n from made
     )
     insert into api_clients (id, client_id, organization_id, application_id, name, environment, permissions)
     select client, substr(md5(client::text), 1, 22), $1::uuid, app, 'Client ' || n, 'live', '{api.read}' from made`,
    [organizationId, count],
  );
}
