import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { readMigrationFiles } from 'drizzle-orm/migrator';
import pg from 'pg';
import { READ_BUDGET_MS } from './client.ts';
import { connectOnce, describe } from './connect-once.ts';
import { ReaderPromises } from './reader-promises.ts';
import { SCHEMA } from './session.ts';
import { OperatorError } from '../operator-error.ts';
import type { PlainLog } from '../plain-log.ts';
import { releaseDir } from '../version.ts';

/** The oldest Postgres the service runs on. */
export const POSTGRES_MAJOR_MIN = 15;

const LOCK_TIMEOUT_MS = 60_000;
/** Any number that no other program takes advisory locks with: "latchkey" in ASCII. */
const ADVISORY_LOCK = BigInt(`0x${Buffer.from('latchkey').toString('hex')}`).toString();
const LOCK_NOT_AVAILABLE = '55P03';
const DEADLOCK_DETECTED = '40P01';
/**
 * For a table that is in use, by a backup perhaps. Whoever else asks for it has to wait as long, checks of secrets too, and
 * one migration may ask for several tables.
 */
const TABLE_LOCK_TIMEOUT_MS = READ_BUDGET_MS / 8;
/** In which those who waited go on. */
const PAUSE_MS = 1_000;
const INSUFFICIENT_PRIVILEGE = '42501';

/** Thrown when a database cannot be brought to this release's schema. The message is one sentence for the operator. */
export class MigrationError extends OperatorError {
  override name = 'MigrationError';
}

export interface MigrateOptions {
  /** Default: the folder `migrations` of this release. */
  migrationsFolder?: string;
  log?: Pick<PlainLog, 'info'>;
  /** How long to wait while another process migrates the same database, or uses a table. Default 60 s. */
  lockTimeoutMs?: number;
}

interface Migration {
  tag: string;
  stampedAt: number;
  hash: string;
  statements: readonly string[];
}

type Applied = Pick<Migration, 'stampedAt' | 'hash'>;

/**
 * Brings a database to the schema of this release. Any number of processes may do so at once: one migrates, the others
 * wait for it. A table that others use is asked for again and again, and left to them in between. When it throws, nothing
 * was written.
 * @throws MigrationError when the server is older than {@link POSTGRES_MAJOR_MIN} or cannot be reached, when the
 * database holds a migration that this release does not know or knows otherwise, when one was skipped, and when one fails
 */
export async function migrateDatabase(
  databaseUrl: string,
  { migrationsFolder = defaultFolder(), log, lockTimeoutMs = LOCK_TIMEOUT_MS }: MigrateOptions = {},
): Promise<{ applied: number }> {
  const migrations = await readMigrations(migrationsFolder);
  const client = await connectOnce(databaseUrl);
  const deadlineMs = performance.now() + lockTimeoutMs;
  try {
    const { rows } = await client.query<{ server_version_num: string }>('show server_version_num');
    requireServerVersion(Number(rows[0]?.server_version_num));
    for (;;) {
      try {
        const applied = await migrateOnce(client, migrations, { log, lockTimeoutMs });
        // A migration may take something away, and says so in the log of changes.
        if (applied > 0) await new ReaderPromises((statement) => client.query(statement)).settleNewest();
        return { applied };
      } catch (err) {
        if (!(err instanceof MigrationError) || !isHeldUp(err) || performance.now() >= deadlineMs) throw err;
        await client.query('rollback');
        log?.info('A table is in use by others: trying again in a moment');
        await delay(PAUSE_MS);
      }
    }
  } finally {
    // Also undoes a transaction that was left in the middle.
    await client.end().catch(() => undefined);
  }
}

/** In one transaction; tells how many were applied. */
async function migrateOnce(
  client: pg.Client,
  migrations: readonly Migration[],
  { log, lockTimeoutMs }: { log: MigrateOptions['log'] | undefined; lockTimeoutMs: number },
): Promise<number> {
  await beginLocked(client, lockTimeoutMs);
  const before = await listApplied(client);
  requireKnownHistory(before, migrations);
  await requireTablesInPlace(client);
  const pending = migrations.slice(before.length);
  if (pending.length === 0) {
    await client.query('rollback');
    return 0;
  }
  log?.info(`Applying ${pending.length} of ${migrations.length} migrations`);
  await applyMigrations(client, pending);
  requireComplete(await listApplied(client), migrations);
  await client.query('commit');
  return pending.length;
}

/** Whether it failed for the sake of others who are at work on the same tables. */
function isHeldUp({ cause }: { cause?: unknown }): boolean {
  return cause instanceof pg.DatabaseError && (cause.code === LOCK_NOT_AVAILABLE || cause.code === DEADLOCK_DETECTED);
}

/**
 * Counts the migrations of this release that a database has and lacks. Writes nothing.
 * @throws MigrationError when the database holds one that this release does not know or knows otherwise, or skipped one
 */
export async function inspectMigrations(
  client: pg.Client,
  migrationsFolder = defaultFolder(),
): Promise<{ applied: number; pending: number }> {
  const migrations = await readMigrations(migrationsFolder);
  const applied = await listApplied(client);
  requireKnownHistory(applied, migrations);
  return { applied: applied.length, pending: migrations.length - applied.length };
}

function defaultFolder(): string {
  return join(releaseDir, 'migrations');
}

async function readMigrations(folder: string): Promise<Migration[]> {
  const journal = JSON.parse(await readFile(join(folder, 'meta', '_journal.json'), 'utf8')) as {
    entries: { tag: string }[];
  };
  const migrations = readMigrationFiles({ migrationsFolder: folder }).map(({ hash, folderMillis, sql }, index) => ({
    tag: journal.entries[index]?.tag ?? '',
    stampedAt: folderMillis,
    hash,
    statements: sql,
  }));
  for (const [index, { tag, stampedAt }] of migrations.entries()) {
    const previous = migrations[index - 1];
    if (previous !== undefined && previous.stampedAt >= stampedAt) {
      throw new MigrationError(
        `Migration ${tag} is stamped no later than ${previous.tag}, so it would be skipped: generate it again`,
      );
    }
  }
  return migrations;
}

/** @throws MigrationError when `server_version_num` is of a release that is too old */
export function requireServerVersion(serverVersionNum: number): void {
  const majorVersion = Math.floor(serverVersionNum / 10_000);
  if (majorVersion >= POSTGRES_MAJOR_MIN) return;
  throw new MigrationError(
    `The database server is Postgres ${majorVersion}, and ${POSTGRES_MAJOR_MIN} or newer is needed: upgrade the server`,
  );
}

/**
 * Opens a transaction that holds the lock until its end. A lock of the session would stay behind on a connection of a
 * pooler's, where it shuts out every later start.
 */
async function beginLocked(client: pg.Client, timeoutMs: number): Promise<void> {
  await client.query('begin isolation level read committed');
  // A migration itself may take its time.
  await client.query(`select set_config('lock_timeout', $1, true), set_config('statement_timeout', '0', true)`, [
    `${timeoutMs}ms`,
  ]);
  try {
    await client.query('select pg_advisory_xact_lock($1)', [ADVISORY_LOCK]);
  } catch (err) {
    if (!(err instanceof pg.DatabaseError) || err.code !== LOCK_NOT_AVAILABLE) throw err;
    throw new MigrationError(
      `Another process has been migrating this database for ${timeoutMs / 1000} s: wait for it, then start again`,
      { cause: err },
    );
  }
  await client.query(`set local lock_timeout = ${TABLE_LOCK_TIMEOUT_MS}`);
}

async function listApplied(client: pg.Client): Promise<Applied[]> {
  const { rows: tables } = await client.query<{ name: string | null }>(
    `select to_regclass('drizzle.__drizzle_migrations')::text as name`,
  );
  if (tables[0]?.name === null) return [];
  const { rows } = await client.query<{ hash: string; created_at: string }>(
    'select hash, created_at from drizzle.__drizzle_migrations order by created_at, id',
  );
  return rows.map((row) => ({ hash: row.hash, stampedAt: Number(row.created_at) }));
}

/** What is applied must be the beginning of what this release brings, unchanged. */
function requireKnownHistory(applied: readonly Applied[], migrations: readonly Migration[]): void {
  for (const { stampedAt, hash } of applied) {
    const known = migrations.find((migration) => migration.stampedAt === stampedAt);
    if (known === undefined) {
      throw new MigrationError(
        `The database was migrated by another release: it has a migration of ${new Date(stampedAt).toISOString()} ` +
          'that this one does not know; run the newer release',
      );
    }
    if (known.hash !== hash) {
      throw new MigrationError(
        `Migration ${known.tag} was changed after this database had applied it: restore the file, and put the change ` +
          'into a new migration',
      );
    }
  }
  const lastStamp = applied.at(-1)?.stampedAt ?? -Infinity;
  const skipped = migrations.find(
    ({ stampedAt }) => stampedAt < lastStamp && !applied.some((row) => row.stampedAt === stampedAt),
  );
  if (skipped !== undefined) {
    throw new MigrationError(
      `Migration ${skipped.tag} is older than the last one this database applied and would be skipped: generate it again`,
    );
  }
}

/** An earlier release followed the search path of its role. */
async function requireTablesInPlace(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ schema: string }>(
    `select quote_ident(nspname) as schema from pg_class join pg_namespace on pg_namespace.oid = relnamespace
     where relname = 'signing_keys' and relkind = 'r' and to_regclass('drizzle.__drizzle_migrations') is not null
     order by nspname <> $1 limit 1`,
    [SCHEMA],
  );
  const schema = rows[0]?.schema ?? SCHEMA;
  if (schema === SCHEMA) return;
  throw new MigrationError(
    `The tables of the service are in the schema ${schema}, and it works with those in ${SCHEMA}: ` +
      `move each with alter table ${schema}.… set schema ${SCHEMA}`,
  );
}

/** In the transaction that is open. */
async function applyMigrations(client: pg.Client, pending: readonly Migration[]): Promise<void> {
  try {
    await makeJournal(client);
    for (const { statements, hash, stampedAt } of pending) {
      for (const statement of statements) await client.query(statement);
      await client.query('insert into drizzle.__drizzle_migrations (hash, created_at) values ($1, $2)', [
        hash,
        stampedAt,
      ]);
    }
  } catch (err) {
    const isForbidden = err instanceof pg.DatabaseError && err.code === INSUFFICIENT_PRIVILEGE;
    const remedy = isForbidden ? `. ${await describeGrants(client)}` : '';
    throw new MigrationError(`A migration failed and all of them were undone: ${describe(err)}${remedy}`, {
      cause: err,
    });
  }
}

/** Whoever may not create a schema may not create one that is there either, whatever `if not exists` says. */
async function makeJournal(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ has_schema: boolean; has_table: boolean }>(
    `select to_regnamespace('drizzle') is not null as has_schema,
       to_regclass('drizzle.__drizzle_migrations') is not null as has_table`,
  );
  if (rows[0]?.has_schema !== true) await client.query('create schema drizzle');
  if (rows[0]?.has_table === true) return;
  await client.query(
    'create table drizzle.__drizzle_migrations (id serial primary key, hash text not null, created_at bigint)',
  );
}

/** What a role needs, in the words of an administrator. */
async function describeGrants(client: pg.Client): Promise<string> {
  await client.query('rollback');
  const { rows } = await client.query<{ role: string; name: string }>(
    'select quote_ident(current_user) as role, quote_ident(current_database()) as name',
  );
  const { role = '', name = '' } = rows[0] ?? {};
  return (
    `The role needs: grant create on database ${name} to ${role}; grant usage, create on schema ${SCHEMA} to ${role}; ` +
    'and the tables of the service have to be its own'
  );
}

function requireComplete(applied: readonly Applied[], migrations: readonly Migration[]): void {
  requireKnownHistory(applied, migrations);
  if (applied.length !== migrations.length) {
    throw new MigrationError(
      `The database records ${applied.length} migrations where this release has ${migrations.length}: ` +
        'restore it from a backup',
    );
  }
}
