import { sql } from 'drizzle-orm';
import type { SQL } from 'drizzle-orm';
import { PgDialect } from 'drizzle-orm/pg-core';
import { firstEvents } from '../../changes/audit-append.ts';
import { nameStatement } from '../../db/named-query.ts';
import type { ClientStatus } from '../../db/tables/api-clients.ts';
import { hasAccess, heldMembership } from '../../identity/current-member.ts';
import type { PolicyCells } from '../credential-policy/held-policy.ts';

/** What the database gives a client; all that one statement inserts are given the same. */
export type InsertedCells = [status: ClientStatus, version: number, createdAt: string];

/** What became of clients that were to be made under a policy. */
type CreationCells = [
  appended: number | null,
  amount: number,
  ...(InsertedCells | [status: null, version: null, createdAt: null]),
  hasAccess: boolean,
  /** For how many clients there was room, if no more are known. */
  room: number,
  ...PolicyCells,
];

const value = sql.placeholder;
const policyColumns = sql`max_secret_lifetime_days, expiry_required_for, max_overlap_seconds, allowed_ips_required_for,
      second_factor_required, unused_pause_days`;

/** JSON, because lists of lists have one length in Postgres. */
const given = sql`given as materialized (
    select * from rows from (json_to_recordset(${value('clients')}::json) as (id uuid, client_id text, environment text,
      name text, description text, permissions text[], allowed_redirect_urls text[], allowed_ips text[],
      application_id uuid, created_by uuid, expires_at timestamptz, secret_id uuid, lookup_id text, hash text,
      pepper_version text, hint text)) with ordinality as client (id, client_id, environment, name, description,
      permissions, allowed_redirect_urls, allowed_ips, application_id, created_by, expires_at, secret_id, lookup_id, hash,
      pepper_version, hint, place)
  )`;

/** Inserts API clients, each with its first secret, as one statement: all or none, in one way to the database. */
export const insertWithSecrets = nameStatement<InsertedCells>('insert_api_clients', () =>
  toQuery(sql`with ${given}, ${insertsFrom(sql`given`)} select status, version, created_at from ${inserted}`),
);

/**
 * The same with all that decides whether one caller may make them: the organization is held, so that others add nothing to
 * it and change no members, the access of who makes them is looked at again, the clients there are counted, the policy is
 * compared with the one they were judged by, and their events, one of each, are appended. Their applications are held before
 * the chain of events, as whoever changes those does. One statement, so that creates in one organization wait for each other
 * no longer than Postgres works on each. Where there is not room for all, the first ones are made.
 *
 * No row when the organization or the membership is gone; no clients in it without access, room or the same policy.
 */
export const insertIfAllowed = nameStatement<CreationCells>('create_api_clients', () => {
  const [organization, quota] = [sql`${value('organizationId')}::uuid`, sql`${value('quota')}::integer`];
  const amountOf = (cells: string) => sql`(select count(*)::integer from ${sql.raw(cells)})`;
  return toQuery(sql`with held as materialized (
    select ${hasAccess} as has_access, ${policyColumns},
      extract(epoch from now())::float8 * 1000 as now_ms
    from ${heldMembership('no key update')}
  ), ${given}, application as materialized (
    select from applications
    where id = any (array(select application_id from given)) and organization_id = ${organization}
    order by id for key share
  ), judged as materialized (
    select has_access,
      case when ${quota} = 0 then ${amountOf('given')} else ${quota} - count_api_clients(${organization}, ${quota}) end
        as room, ${policyColumns}, now_ms
    from held
  ), ${insertsFrom(sql`given cross join judged where has_access and place <= room and ${amountOf('application')} >= 0
    and max_secret_lifetime_days is not distinct from ${value('maxSecretLifetimeDays')}::integer
    and expiry_required_for = ${value('expiryRequiredFor')}::text[]
    and allowed_ips_required_for = ${value('allowedIpsRequiredFor')}::text[]`)}
  select case when amount > 0 then append_audit_events(${firstEvents(sql`amount`)}) end, amount, status, version,
    created_at, judged.*
  from judged cross join (
    select count(*)::integer as amount, min(status) as status, min(version) as version, min(created_at) as created_at
    from ${inserted}
  ) as done`);
});

const inserted = sql`made join kept on kept.api_client_id = made.id`;

/** @param source rows of those that are given */
function insertsFrom(source: SQL): SQL {
  return sql`made as (
    insert into api_clients (id, client_id, organization_id, environment, name, description, permissions,
      allowed_redirect_urls, allowed_ips, application_id, created_by, expires_at)
    select id, client_id, ${value('organizationId')}::uuid, environment, name, description, permissions,
      allowed_redirect_urls, allowed_ips, application_id, created_by, expires_at
    from ${source}
    returning id, status, version, created_at
  ), kept as (
    insert into secrets (id, api_client_id, lookup_id, hash, pepper_version, hint, created_by)
    select secret_id, id, lookup_id, hash, pepper_version, hint, created_by
    from made join given using (id)
    returning api_client_id
  )`;
}

function toQuery(statement: SQL) {
  return { toSQL: () => new PgDialect().sqlToQuery(statement) };
}
