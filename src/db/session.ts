import type pg from 'pg';
import { UnsuitableServerError } from './failures.ts';
import type { SessionKind } from '../settings/database-url.ts';

/** Where the tables of the service are. */
export const SCHEMA = 'public';

/**
 * Settings of a session that change what queries mean or how values come back. They are the service's own, whatever a
 * role or a database is given: parameters of a connection's start go before those.
 */
const pinned = {
  search_path: SCHEMA,
  datestyle: 'ISO,MDY',
  intervalstyle: 'postgres',
  timezone: 'UTC',
  bytea_output: 'hex',
  extra_float_digits: '1',
  standard_conforming_strings: 'on',
  default_transaction_isolation: 'read committed',
  idle_session_timeout: '0',
  // Some warnings have to be heard: of a commit that was not waited for.
  client_min_messages: 'notice',
} as const;

/** The settings that PgBouncer carries along by itself; it takes them by name, and not among the `options`. */
export const carriedSettings = { DateStyle: pinned.datestyle, TimeZone: pinned.timezone };

const SCHEMA_MISSING =
  `does not let this role use the schema ${SCHEMA}: ` +
  `create schema if not exists ${SCHEMA}; grant usage, create on schema ${SCHEMA} to the role of DATABASE_URL`;

/** Arguments of Postgres's command line that pin the session (libpq's `options`). The last of two that differ holds. */
export function sessionOptions(own: string): string {
  const args = Object.entries(pinned).map(([name, value]) => `-c ${name}=${value.replaceAll(' ', '\\ ')}`);
  return [own, ...args].filter((arg) => arg !== '').join(' ');
}

/** What {@link judgeSession} looks at. A search path counts by where it leads. */
export const SESSION_QUERY = `select
  pg_is_in_recovery() as is_standby,
  current_setting('transaction_read_only')::bool as is_read_only,
  current_setting('server_encoding') as encoding,
  array[
    array['search_path', array_to_string(current_schemas(false), ',')],
    ${Object.keys(pinned)
      .slice(1)
      .map((name) => `array['${name}', replace(current_setting('${name}'), ', ', ',')]`)
      .join(',\n    ')}
  ] as settings`;

export interface SessionRow {
  is_standby: boolean;
  is_read_only: boolean;
  encoding: string;
  settings: [name: keyof typeof pinned, value: string][];
}

/**
 * Looks at a new connection.
 * @throws UnsuitableServerError when it leads to a server that cannot be written to, unless it is for reading, or stores no
 * UTF-8, or a pooler has dropped what the service asked for
 */
export function requireSession(
  row: SessionRow,
  { host, port }: Pick<pg.Client, 'host' | 'port'>,
  kind: SessionKind,
): void {
  const server = `the server ${host}:${port}`;
  if (kind === 'standby' && !row.is_standby) {
    throw new UnsuitableServerError(
      `${server} is no standby, which the target_session_attrs of DATABASE_READ_URL asks for`,
    );
  }
  if (row.is_standby && kind !== 'standby' && kind !== 'any') {
    throw new UnsuitableServerError(`${server} is a standby, which takes no writes: let DATABASE_URL name the primary`);
  }
  if (row.is_read_only && kind === 'read-write') {
    throw new UnsuitableServerError(`${server} is read-only (default_transaction_read_only): it takes no writes`);
  }
  if (row.encoding !== 'UTF8') {
    throw new UnsuitableServerError(
      `${server} stores the database in ${row.encoding}: make one with the encoding UTF8 (create database … encoding 'UTF8')`,
    );
  }
  const [name, value] = row.settings.find(([setting, found]) => found !== pinned[setting]) ?? [];
  if (name === undefined) return;
  if (name === 'search_path' && value === '') throw new UnsuitableServerError(`${server} ${SCHEMA_MISSING}`);
  throw new UnsuitableServerError(
    `${server} has another ${name} than ${pinned[name]}, which the service asked for: a pooler in between drops what it ` +
      'does not know, so set it there, as docs/operations.md says',
  );
}
