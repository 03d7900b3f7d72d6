// Asks and changes again and again, through a balancer whose instances are restarted meanwhile, until SIGTERM: no request
// may fail, and no change may be lost or made twice. FRONT and GATEWAY are the origins; TOKEN, ORG and API_KEY are of one
// organization. Prints what was sent, and ends with 1 if anything was lost.
import { setTimeout as delay } from 'node:timers/promises';

const DURATION_MAX_MS = 120_000;
const REQUESTS_MAX = 100_000;
const ANSWER_DEADLINE_MS = 20_000;
/** Between two requests of one caller. There are eight, and a restart of a second or two meets hundreds of their requests. */
const PAUSE_MS = 10;

const { FRONT = '', GATEWAY = '', TOKEN = '', ORG = '', API_KEY = '' } = process.env;
const api = `${FRONT}/auth/v2`;
const clients = `${api}/organizations/${ORG}/api-clients/`;

const sent: Record<string, number> = {};
const failures: string[] = [];
const stop = new AbortController();
process.once('SIGTERM', () => {
  stop.abort();
});
setTimeout(() => {
  stop.abort();
}, DURATION_MAX_MS).unref();

interface Sending {
  method?: string;
  url: string;
  expected: number;
  /** An object goes as JSON. */
  body?: object;
  headers?: Record<string, string>;
}

interface Client {
  client_id: string;
  name: string;
}

interface ClientPage {
  results: Client[];
  next_cursor: string | null;
}

/** @returns the body of the answer that was expected, or undefined after any other outcome */
async function send(kind: string, { method = 'GET', url, expected, body, headers }: Sending): Promise<unknown> {
  sent[kind] = (sent[kind] ?? 0) + 1;
  if (Object.values(sent).reduce((sum, count) => sum + count) > REQUESTS_MAX) stop.abort();
  try {
    const response = await fetch(url, {
      method,
      signal: AbortSignal.timeout(ANSWER_DEADLINE_MS),
      headers: { ...headers, ...(body && !isForm(body) && { 'content-type': 'application/json' }) },
      ...(body && { body: isForm(body) ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    if (response.status === expected) return text.startsWith('{') ? JSON.parse(text) : text;
    failures.push(`${kind}: ${response.status} ${text.slice(0, 200)}`);
  } catch (err) {
    const cause = err instanceof Error && err.cause instanceof Error ? err.cause.message : '';
    failures.push(`${kind}: ${String(err)} ${cause}`);
  }
  return undefined;
}

function isForm(body: object): body is URLSearchParams {
  return body instanceof URLSearchParams;
}

async function untilStopped(once: (turn: number) => Promise<unknown>): Promise<void> {
  for (let turn = 1; !stop.signal.aborted; turn += 1) {
    await once(turn);
    await delay(PAUSE_MS);
  }
}

const key = { 'x-api-key': API_KEY };
const admin = { authorization: `Bearer ${TOKEN}` };
const kept = new Set<string>();

const check = () => send('GET verify', { url: `${api}/verify/?permission=api.read`, expected: 200, headers: key });
const checkInBody = () =>
  send('POST verify', {
    method: 'POST',
    url: `${api}/verify/`,
    expected: 200,
    headers: key,
    body: { permission: 'api.read' },
  });
const pass = () => send('GET through the gateway', { url: `${GATEWAY}/reports/1`, expected: 200, headers: key });

/** Takes an access token and shows it. */
async function identify(clientId: string): Promise<void> {
  const made = await send('POST token', {
    method: 'POST',
    url: `${api}/token/`,
    expected: 200,
    headers: { authorization: `Basic ${Buffer.from(`${clientId}:${API_KEY}`).toString('base64')}` },
    body: new URLSearchParams({ grant_type: 'client_credentials' }),
  });
  if (made === undefined) return;
  const { access_token: token } = made as { access_token: string };
  await send('GET verify with a token', {
    url: `${api}/verify/`,
    expected: 200,
    headers: { authorization: `Bearer ${token}` },
  });
}

/** Makes a client, changes it, and deletes every second one. */
async function change(caller: string, turn: number): Promise<void> {
  const name = `${caller} ${turn}`;
  const body = { name: `${name} new`, environment: 'live', permissions: ['api.read'] };
  const made = await send('POST client', { method: 'POST', url: clients, expected: 201, headers: admin, body });
  if (made === undefined) return;
  const url = `${clients}${(made as Client).client_id}/`;
  await send('PATCH client', { method: 'PATCH', url, expected: 200, headers: admin, body: { name } });
  if (turn % 2 === 0) await send('DELETE client', { method: 'DELETE', url, expected: 204, headers: admin });
  else kept.add(name);
}

/** What is there must be what was answered: a write sent to two instances would be there twice. */
async function compare(): Promise<void> {
  const found: string[] = [];
  for (let url: string | null = `${clients}?limit=100&q=caller`; url !== null;) {
    const page = (await send('GET clients', { url, expected: 200, headers: admin })) as ClientPage | undefined;
    found.push(...(page?.results ?? []).map(({ name }) => name));
    url = page?.next_cursor ? `${clients}?limit=100&q=caller&cursor=${page.next_cursor}` : null;
  }
  const wanted = [...kept].sort();
  if (JSON.stringify(found.sort()) !== JSON.stringify(wanted)) {
    failures.push(`${wanted.length} clients were made and kept, and ${found.length} are there`);
  }
}

const own = (await check()) as Client;
await Promise.all([
  untilStopped(check),
  untilStopped(check),
  untilStopped(checkInBody),
  untilStopped(checkInBody),
  untilStopped(pass),
  untilStopped(() => identify(own.client_id)),
  untilStopped((turn) => change('caller A', turn)),
  untilStopped((turn) => change('caller B', turn)),
]);
await compare();
const total = Object.values(sent).reduce((sum, count) => sum + count, 0);
console.log(JSON.stringify({ requests: total, ...sent, failures: failures.length }));
for (const failure of failures.slice(0, 20)) console.error(failure);
if (failures.length > 0 || total === 0) process.exitCode = 1;
