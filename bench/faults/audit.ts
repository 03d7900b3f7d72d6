import { setTimeout as wait } from 'node:timers/promises';
import { call } from '../../test/support/service-process.ts';
import { blame } from './figures.ts';
import type { Figures } from './figures.ts';
import type { Instance, Scene } from './ground.ts';
import type { Entry, Ledger } from './ledger.ts';

const AT_ONCE = 16;
const TRIES = 50;
const RETRY_MS = 100;

/** What the database holds of one API client. */
interface Row {
  clientId: string;
  secrets: number;
  hint: string | null;
}

/**
 * Compares the ledger with the database, and what was written since the last audit with the answers of every instance.
 * What nobody was told is found out, and entered. Nothing may be under way.
 * @param options.isFull whether everything ever written is asked for again
 */
export async function audit(
  { ground, ledger, figures }: { ground: Scene; ledger: Ledger; figures: Figures },
  { isFull }: { isFull: boolean },
): Promise<void> {
  const rows = await readRows(ground);
  for (const [name, found] of rows) {
    if (found.length > 1) blame(figures, 'doubled', name);
    if (found.some(({ secrets }) => secrets !== 1)) blame(figures, 'half', `${name} has not one secret`);
    if (ledger.denied.has(name)) blame(figures, 'half', `${name} is there, and its create was answered with a failure`);
  }
  figures.foundDone += [...ledger.doubtful].filter((name) => rows.has(name)).length;
  ledger.doubtful.clear();
  const touched = ledger.takeTouched();
  const { entries, spent, logins } = isFull ? ledger : touched;
  const doubtful = touched.entries.filter(({ doubt }) => doubt !== undefined);
  const teller = ground.instances[0]!;
  for (const entry of doubtful) await settle(entry, { row: rows.get(entry.name)?.[0], teller, ledger, figures });
  for (const entry of ledger.entries) {
    const isThere = rows.get(entry.name)?.some(({ clientId }) => clientId === entry.clientId) === true;
    if (isThere === (entry.state === 'deleted')) {
      blame(figures, 'lost', `${entry.name} is ${isThere ? '' : 'not '}there and should be ${entry.state}`);
    }
  }
  for (const instance of ground.instances) {
    const live = entries.filter(({ state }) => state === 'live');
    await eachOf(live, async ({ name, secret }) => {
      const status = await verify(instance, secret);
      if (status !== 200) blame(figures, 'lost', `the secret of ${name} is answered ${status} by ${instance.name}`);
    });
    await eachOf(spent, async (secret) => {
      const status = await verify(instance, secret);
      if (status === 200) blame(figures, 'stale', `a secret that had been ended is accepted by ${instance.name}`);
      else if (status !== 401) blame(figures, 'strange', `an ended secret is answered ${status} by ${instance.name}`);
    });
    await eachOf(logins, async (token) => {
      const status = await ask(instance, '/auth/v2/organizations/me/', { token });
      if (status !== 200) blame(figures, 'lost', `a login is answered ${status} by ${instance.name}`);
    });
  }
}

/** Finds out what became of a write whose outcome nobody was told: all of it, or nothing. */
async function settle(
  entry: Entry,
  { row, teller, ledger, figures }: { row: Row | undefined; teller: Instance; ledger: Ledger; figures: Figures },
): Promise<void> {
  const isAccepted = (await verify(teller, entry.secret)) === 200;
  const isCurrent = row?.hint === entry.secret.slice(-4);
  if (isAccepted !== isCurrent) blame(figures, 'half', `the ${entry.doubt} of ${entry.name} was done in part`);
  if (entry.doubt === 'regenerate' && row === undefined) blame(figures, 'lost', `${entry.name} was only regenerated`);
  if (!isAccepted) {
    figures.foundDone += 1;
    entry.state = entry.doubt === 'delete' ? 'deleted' : 'adrift';
    ledger.spent.push(entry.secret);
  }
  entry.doubt = undefined;
}

async function readRows(ground: Scene): Promise<Map<string, Row[]>> {
  const found = await ground.ask(
    `select name, client_id, count(secrets.id)::int as secrets, max(hint) as hint
      from api_clients left join secrets on api_client_id = api_clients.id and ended_at is null
      where name like 'fault %' group by api_clients.id`,
  );
  const rows = new Map<string, Row[]>();
  for (const row of found as { name: string; client_id: string; secrets: number; hint: string | null }[]) {
    const same = rows.get(row.name) ?? [];
    rows.set(row.name, [...same, { clientId: row.client_id, secrets: row.secrets, hint: row.hint }]);
  }
  return rows;
}

function verify(instance: Instance, apiKey: string): Promise<number> {
  return ask(instance, '/auth/v2/verify/', { apiKey });
}

/** The status of an answer; after a fault, 503 is asked again for a while. */
async function ask({ origin }: Instance, what: string, options: { token?: string; apiKey?: string }): Promise<number> {
  let status = 503;
  for (let i = 0; i < TRIES && status === 503; i++) {
    if (i > 0) await wait(RETRY_MS);
    status = (await call(origin, what, options)).status;
  }
  return status;
}

/** A few at a time. */
async function eachOf<T>(all: readonly T[], work: (one: T) => Promise<void>): Promise<void> {
  const rest = all.values();
  const worker = async () => {
    for (const one of rest) await work(one);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}
