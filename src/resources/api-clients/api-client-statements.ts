import { and, eq, sql } from 'drizzle-orm';
import type { Db, Tx } from '../../db/client.ts';
import { nameStatement } from '../../db/named-query.ts';
import { apiClients } from '../../db/tables/api-clients.ts';
import { emailOf } from '../../db/tables/users.ts';
import type { ApiClient, ApiClientChanges, ApiClientProfile } from './api-client.ts';

/** What is read of an API client. */
export const apiClientColumns = {
  id: apiClients.id,
  clientId: apiClients.clientId,
  name: apiClients.name,
  description: apiClients.description,
  environment: apiClients.environment,
  permissions: apiClients.permissions,
  allowedRedirectUrls: apiClients.allowedRedirectUrls,
  allowedIps: apiClients.allowedIps,
  status: apiClients.status,
  applicationId: apiClients.applicationId,
  expiresAt: apiClients.expiresAt,
  clientSecretHint: sql<string | null>`(
    select hint from secrets where secrets.api_client_id = api_clients.id and secrets.status = 'active'
  )`,
  lastUsedAt: apiClients.lastUsedAt,
  createdBy: emailOf(apiClients.createdBy),
  version: apiClients.version,
  createdAt: apiClients.createdAt,
  updatedAt: apiClients.updatedAt,
};

type Moment = 'expiresAt' | 'lastUsedAt' | 'createdAt' | 'updatedAt';

/** The same as it comes from the database: its moments are dates, or text where the statement has a name. */
export type ApiClientRow = Omit<ApiClient, Moment> & {
  expiresAt: Date | string | null;
  lastUsedAt: Date | string | null;
  createdAt: Date | string;
  updatedAt: Date | string;
};

const heldColumns = {
  ...apiClientColumns,
  isPrimary: sql<boolean>`exists (select from applications where applications.primary_client_id = api_clients.id)`,
};

type HeldRow = ApiClientRow & { isPrimary: boolean };

const value = sql.placeholder;
const isOwned = eq(apiClients.organizationId, value('organizationId'));

const hold = nameStatement('hold_api_client', (db) =>
  db
    .select(heldColumns)
    .from(apiClients)
    .where(and(isOwned, eq(apiClients.clientId, value('clientId'))))
    .for('update'),
);

/** Holds the row of a client until the transaction ends. */
export async function holdApiClient(
  db: Db | Tx,
  which: { organizationId: string; clientId: string },
): Promise<HeldRow | null> {
  const [cells] = await hold(db, which);
  return cells === undefined ? null : (toRow(heldColumns, cells) as HeldRow);
}

const changeable = [
  'name',
  'description',
  'permissions',
  'allowedRedirectUrls',
  'allowedIps',
  'status',
  'expiresAt',
] as const satisfies (keyof ApiClientProfile)[];

/** One for each set of what changes, by that set: its members are the bits of a number. */
const updates = new Map<number, ReturnType<typeof nameStatement>>();

/** Changes what is named, with the client's version. Written by name, because whoever pauses a client waits for it. */
export async function updateApiClient(
  db: Db | Tx,
  which: { organizationId: string; id: string },
  changes: ApiClientChanges,
): Promise<ApiClientRow | null> {
  const names = changeable.filter((name) => changes[name] !== undefined);
  const [cells] = await updateOf(names)(db, { ...changes, ...which });
  return cells === undefined ? null : (toRow(apiClientColumns, cells) as ApiClientRow);
}

function updateOf(names: readonly (typeof changeable)[number][]): ReturnType<typeof nameStatement> {
  const set = names.reduce((bits, name) => bits | (1 << changeable.indexOf(name)), 0);
  const known = updates.get(set);
  if (known !== undefined) return known;
  const typed = names.map((name) => [name, sql`${value(name)}::${sql.raw(apiClients[name].getSQLType())}`]);
  const made = nameStatement(`update_api_client_${set}`, (db) =>
    db
      .update(apiClients)
      .set({
        ...(Object.fromEntries(typed) as object),
        // Who pauses or resumes it has decided anew.
        unusedPauseAt: names.includes('status') ? null : undefined,
        version: sql`${apiClients.version} + 1`,
        updatedAt: sql`now()`,
      })
      .where(and(isOwned, eq(apiClients.id, value('id'))))
      .returning(apiClientColumns),
  );
  updates.set(set, made);
  return made;
}

/** Takes the secrets along. */
export const deleteApiClient = nameStatement('delete_api_client', (db) =>
  db.delete(apiClients).where(and(isOwned, eq(apiClients.id, value('id')))),
);

/** Cells come in the order in which columns are asked for. */
function toRow(columns: object, cells: readonly unknown[]): unknown {
  return Object.fromEntries(Object.keys(columns).map((name, index) => [name, cells[index]]));
}
