import { sql } from 'drizzle-orm';
import type { SQL } from 'drizzle-orm';
import { PgDialect } from 'drizzle-orm/pg-core';
import { eventParameters } from '../../changes/audit-append.ts';
import { nameStatement } from '../../db/named-query.ts';
import type { ClientStatus } from '../../db/tables/api-clients.ts';
import { hasAccess, heldMembership } from '../../identity/current-member.ts';
import type { PolicyCells } from '../credential-policy/held-policy.ts';

export type InsertedCells = [status: ClientStatus, version: number, createdAt: string];

/** What became of a client that was to be made under a policy. */
type CreationCells = [
  appended: number | null,
  ...(InsertedCells | [status: null, version: null, createdAt: null]),
  hasAccess: boolean,
  hasRoom: boolean,
  ...PolicyCells,
];

const value = sql.placeholder;
const policyColumns = sql`max_secret_lifetime_days, expiry_required_for, max_overlap_seconds, allowed_ips_required_for,
      second_factor_required, unused_pause_days`;

/** Inserts an API client and its first secret as one statement: both or neither, in one way to the database. */
export const insertWithSecret = nameStatement<InsertedCells>('insert_api_client', () =>
  toQuery(
    sql`with ${insertsFrom(sql`(select) as given`)} select status, version, created_at from made cross join kept`,
  ),
);

/**
 * The same with all that decides whether the client may be made: its organization is held, so that others add nothing to
 * it and change no members, the access of who makes it is looked at again, the clients there are counted, the policy is
 * compared with the one the client was judged by, and the events are appended. Its application is held before the chain of
 * events, as whoever changes that does. One statement, so that creates in one organization wait for each other no longer
 * than Postgres works on each.
 *
 * No row when the organization or the membership is gone; no client in it without access, room or the same policy.
 */
export const insertIfAllowed = nameStatement<CreationCells>('create_api_client', () => {
  const [organization, quota] = [sql`${value('organizationId')}::uuid`, sql`${value('quota')}::integer`];
  return toQuery(sql`with held as materialized (
    select ${hasAccess} as has_access, ${policyColumns},
      extract(epoch from now())::float8 * 1000 as now_ms
    from ${heldMembership('no key update')}
  ), application as materialized (
    select from applications where id = ${value('applicationId')}::uuid and organization_id = ${organization}
    for key share
  ), judged as materialized (
    select has_access, ${quota} = 0 or count_api_clients(${organization}, ${quota}) < ${quota} as has_room,
      ${policyColumns}, now_ms
    from held
  ), ${insertsFrom(sql`judged where has_access and has_room and (select count(*) from application) >= 0
    and max_secret_lifetime_days is not distinct from ${value('maxSecretLifetimeDays')}::integer
    and expiry_required_for = ${value('expiryRequiredFor')}::text[]
    and allowed_ips_required_for = ${value('allowedIpsRequiredFor')}::text[]`)}
  select case when version is not null then append_audit_events(${eventParameters}) end, status, version, created_at,
    judged.*
  from judged left join (made cross join kept) on true`);
});

/** @param source a row for each client that is made: one or none */
function insertsFrom(source: SQL): SQL {
  return sql`made as (
    insert into api_clients (id, client_id, organization_id, environment, name, description, permissions,
      allowed_redirect_urls, allowed_ips, application_id, created_by, expires_at)
    select ${value('id')}::uuid, ${value('clientId')}, ${value('organizationId')}::uuid, ${value('environment')},
      ${value('name')}, ${value('description')}, ${value('permissions')}::text[],
      ${value('allowedRedirectUrls')}::text[], ${value('allowedIps')}::text[], ${value('applicationId')}::uuid,
      ${value('createdBy')}::uuid, ${value('expiresAt')}::timestamptz
    from ${source}
    returning status, version, created_at
  ), kept as (
    insert into secrets (id, api_client_id, lookup_id, hash, pepper_version, hint, created_by)
    select ${value('secretId')}::uuid, ${value('id')}::uuid, ${value('lookupId')}, ${value('hash')},
      ${value('pepperVersion')}, ${value('hint')}, ${value('createdBy')}::uuid
    from made
    returning id
  )`;
}

function toQuery(statement: SQL) {
  return { toSQL: () => new PgDialect().sqlToQuery(statement) };
}
