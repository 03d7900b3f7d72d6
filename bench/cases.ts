import { setTimeout as wait } from 'node:timers/promises';
import { alternate } from './measure.ts';
import type { Contender, LoadRequest, Outcome, Round } from './measure.ts';
import { stop, Worker } from './processes.ts';
import type { Running, Server } from './processes.ts';
import type { Machine } from './seed.ts';
import { send, SERVICE_DATABASE } from './stage.ts';
import type { Stage } from './stage.ts';
import { MasterKey } from '../src/master-key/master-key.ts';
import { ARGON2_CONCURRENCY } from '../src/secrets/argon2-gate.ts';

/** One line of the result: the service beside something else. */
export interface Comparison {
  what: string;
  beside: string;
  unit: string;
  service: number;
  other: number;
  ratio: number;
  wanted: string;
  isMet: boolean;
}

export interface CaseResult {
  comparisons: Comparison[];
  outcomes: Outcome[];
  /** Printed below the tables, and kept nowhere. */
  notes?: string[];
}

export type Case = (stage: Stage) => Promise<CaseResult>;

const API = '/auth/v2';
const FORM = { 'content-type': 'application/x-www-form-urlencoded' };
/** Sent by each connection at first, so that what is measured is the steady state. */
const ONCE_EACH = 10;
const PROBE_CONNECTIONS = 4;
const PROBE_RATE_PER_SECOND = 200;
const STORM_LEAD_MS = 500;
const RAW_VERIFICATIONS = 4000;

/** A warm check by `x-api-key` beside a bare route and, apart from that, beside better-auth's check. */
export const verifyWarm: Case = async (stage) => {
  const what = `warm verify/, ${stage.plan.amounts.total} clients`;
  const headersOf = (key: string) => ({ 'x-api-key': key });
  const requests = stage.machines.warm.map(({ secret }) => get(`${API}/verify/`, headersOf(secret)));
  const check = (server: Server) =>
    underLoad(stage, 'latchkey verify', { server, requests, database: SERVICE_DATABASE });

  const service = await stage.startService();
  const answer = await readAnswer(`${service.origin}${API}/verify/`, headersOf(stage.machines.warm[0]!.secret));
  const bare = await stage.startPeer('bare-fastify', { ANSWER: JSON.stringify(answer) });
  const besideBare = await take(stage, [service, bare], () => [
    check(service),
    underLoad(stage, 'bare fastify', { server: bare, requests }),
  ]);

  const { keys } = await stage.betterAuth();
  const again = await stage.startService();
  const betterAuth = await stage.startPeer('better-auth');
  const peerRequests = keys.map((key) => get('/verify', headersOf(key)));
  const besideBetterAuth = await take(stage, [again, betterAuth], () => [
    check(again),
    underLoad(stage, 'better-auth verify', { server: betterAuth, requests: peerRequests, database: 'better-auth' }),
  ]);
  return {
    outcomes: [...besideBare, ...besideBetterAuth],
    comparisons: [
      faster(besideBare, { what, beside: 'bare Fastify route', atLeast: 0.65 }),
      faster(besideBetterAuth, { what, beside: 'better-auth verifyApiKey', atLeast: 30 }),
    ],
  };
};

/** Every secret seen for the first time beside bare argon2, and beside better-auth, which reads each check from its database. */
export const verifyCold: Case = async (stage) => {
  const { machines, plan, load, masterKey } = stage;
  const { connections } = plan;
  const service = await stage.startService();
  const pepper = new MasterKey([masterKey]).currentPepper.pepper.toString('base64');
  const raw = new Worker<object, Round>('peers/raw-argon2.js', {
    PEPPER: pepper,
    CONCURRENCY: String(ARGON2_CONCURRENCY),
  });
  const { keys } = await stage.betterAuth();
  const betterAuth = await stage.startPeer('better-auth');
  await raw.ask({ hashes: machines.warm.map(({ hash, secret }) => ({ hash, plain: secret })) });
  const lead = connections * ONCE_EACH;
  const share = roundDown((machines.cold.length - lead) / plan.rounds, connections);
  let next = 0;
  const check = (amount: number) => {
    const fresh = machines.cold.slice(next, (next += amount));
    const requests = fresh.map(({ secret }) => get(`${API}/verify/`, { 'x-api-key': secret }));
    return load.ask({ url: service.origin, requests, connections, amount });
  };
  const outcomes = await take(stage, [service, raw, betterAuth], () => [
    {
      name: 'latchkey verify, cold',
      pid: service.pid,
      database: SERVICE_DATABASE,
      warmUp: () => check(lead),
      run: () => check(share),
    },
    {
      name: `argon2 alone, ${ARGON2_CONCURRENCY} at once`,
      pid: raw.pid,
      warmUp: () => raw.ask({ amount: lead }),
      run: () => raw.ask({ amount: RAW_VERIFICATIONS }),
    },
    underLoad(stage, 'better-auth verify', {
      server: betterAuth,
      requests: keys.map((key) => get('/verify', { 'x-api-key': key })),
      database: 'better-auth',
    }),
  ]);
  const [cold, argon2, peer] = outcomes;
  const what = 'cold verify/';
  return {
    outcomes,
    comparisons: [
      faster([cold!, argon2!], { what, beside: 'raw argon2id verifications', atLeast: 0.85 }),
      faster([cold!, peer!], { what, beside: 'better-auth verifyApiKey', atLeast: 2.5 }),
    ],
  };
};

/** How long another route takes while cold and wrong secrets keep argon2 busy. */
export const storm: Case = async (stage) => {
  const { machines, plan, load, owner } = stage;
  const { connections, roundSeconds } = plan;
  const service = await stage.startService();
  const probes = repeat(get(`${API}/organizations/me/`, bearer(owner.token)), PROBE_CONNECTIONS);
  const probe = () =>
    load.ask({
      url: service.origin,
      requests: probes,
      connections: PROBE_CONNECTIONS,
      seconds: roundSeconds,
      ratePerSecond: PROBE_RATE_PER_SECOND,
    });
  const share = Math.floor(machines.cold.length / (plan.rounds + 1));
  let next = 0;
  const probeInStorm = async () => {
    const cold = machines.cold.slice(next, (next += share));
    const requests = interleave(machines.wrong, cold).map(({ secret }) =>
      get(`${API}/verify/`, { 'x-api-key': secret }),
    );
    const seconds = roundSeconds + 1;
    const raging = stage.storm.ask({ url: service.origin, requests, connections, seconds });
    await wait(STORM_LEAD_MS);
    const round = await probe();
    await raging;
    return round;
  };
  const common = { pid: service.pid, database: SERVICE_DATABASE, warmUp: probe };
  const outcomes = await take(stage, [service], () => [
    { ...common, name: 'organizations/me/, storm', run: probeInStorm },
    { ...common, name: 'organizations/me/, quiet', run: probe },
  ]);
  const [stormy, quiet] = outcomes as [Outcome, Outcome];
  const ratio = stormy.p99Ms / quiet.p99Ms;
  return {
    outcomes,
    comparisons: [
      {
        what: 'organizations/me/ p99 in a storm of cold and wrong secrets',
        beside: 'its quiet p99',
        unit: 'ms',
        service: stormy.p99Ms,
        other: quiet.p99Ms,
        ratio,
        wanted: '≤ 2',
        isMet: ratio <= 2,
      },
    ],
  };
};

/** Issuing access tokens, RS256 and ES256, beside bare signatures and beside oidc-provider's JWTs. */
export const token: Case = async (stage) => {
  const clients = await stage.oidcProvider();
  const service = await stage.startService();
  const elliptic = await stage.startService(SERVICE_DATABASE, { ACCESS_TOKEN_ALGORITHM: 'ES256' });
  const oidc = await stage.startPeer('oidc-provider');
  const ellipticOidc = await stage.startPeer('oidc-provider', { SIGNING_ALGORITHM: 'ES256' });
  const raw = new Worker<object, Round>('peers/raw-rs256.js');
  const grant = { grant_type: 'client_credentials' };
  const peerGrant = { ...grant, resource: 'https://api.example.com', scope: 'api.read flows.execute' };
  const requests = stage.machines.warm.map((machine) => post(`${API}/token/`, machine, grant));
  const peerRequests = clients.map((machine) => post('/token', machine, peerGrant));
  const { roundSeconds, warmUpSeconds } = stage.plan;
  const ofService = { requests, database: SERVICE_DATABASE };
  const ofPeer = { requests: peerRequests, database: 'oidc-provider' };
  const outcomes = await take(stage, [service, elliptic, oidc, ellipticOidc, raw], () => [
    underLoad(stage, 'latchkey token', { server: service, ...ofService }),
    {
      name: 'RS256 alone',
      pid: raw.pid,
      warmUp: () => raw.ask({ seconds: warmUpSeconds }),
      run: () => raw.ask({ seconds: roundSeconds }),
    },
    underLoad(stage, 'oidc-provider token (JWT)', { server: oidc, ...ofPeer }),
    underLoad(stage, 'latchkey token, ES256', { server: elliptic, ...ofService }),
    underLoad(stage, 'oidc-provider token (JWT), ES256', { server: ellipticOidc, ...ofPeer }),
  ]);
  const [rs256, raw256, oidcRs256, es256, oidcEs256] = outcomes;
  const what = 'token/, ES256';
  return {
    outcomes,
    comparisons: [
      faster([rs256!, raw256!], { what: 'token/', beside: 'raw RS256-2048 signatures', atLeast: 0.85 }),
      faster([rs256!, oidcRs256!], { what: 'token/', beside: 'oidc-provider, JWT', atLeast: 1.5 }),
      faster([es256!, oidcRs256!], { what, beside: 'oidc-provider, JWT, RS256', atLeast: 5 }),
      faster([es256!, oidcEs256!], { what, beside: 'oidc-provider, JWT, ES256', atLeast: 2 }),
    ],
  };
};

/** Introspecting access tokens beside oidc-provider's, whose tokens are opaque: it introspects no JWTs. */
export const introspect: Case = async (stage) => {
  const clients = await stage.oidcProvider();
  const service = await stage.startService();
  const oidc = await stage.startPeer('oidc-provider');
  const ask = async (server: Server, paths: [string, string], machines: readonly Omit<Machine, 'hash'>[]) => {
    const requests: LoadRequest[] = [];
    for (const machine of machines) {
      const issued = await obtainToken(`${server.origin}${paths[0]}`, machine);
      requests.push(post(paths[1], machine, { token: issued, token_type_hint: 'access_token' }));
    }
    return requests;
  };
  const outcomes = await take(stage, [service, oidc], async () => [
    underLoad(stage, 'latchkey introspect', {
      server: service,
      requests: await ask(service, [`${API}/token/`, `${API}/introspect/`], stage.machines.warm),
      database: SERVICE_DATABASE,
    }),
    underLoad(stage, 'oidc-provider introspect (opaque)', {
      server: oidc,
      requests: await ask(oidc, ['/token', '/token/introspection'], clients),
      database: 'oidc-provider',
    }),
  ]);
  return {
    outcomes,
    comparisons: [faster(outcomes, { what: 'introspect/', beside: 'oidc-provider, opaque tokens', atLeast: 2 })],
  };
};

/** Creating an API client beside creating a key with better-auth. */
export const create: Case = async (stage) => {
  const { cookie } = await stage.betterAuth();
  const { token: adminToken, organizationId } = stage.owner;
  // A quota there is, and a fast machine does not reach it.
  const service = await stage.startService(SERVICE_DATABASE, { LATCHKEY_QUOTAS: '{"api_clients":1000000}' });
  const betterAuth = await stage.startPeer('better-auth');
  const amount = stage.plan.connections * ONCE_EACH;
  const json = { 'content-type': 'application/json' };
  const creation = {
    method: 'POST',
    path: `${API}/organizations/${organizationId}/api-clients/`,
    headers: { ...json, ...bearer(adminToken) },
    body: JSON.stringify({ name: 'Backend', environment: 'live', permissions: ['api.read', 'flows.execute'] }),
  };
  const peerCreation = {
    method: 'POST',
    path: '/api/auth/api-key/create',
    headers: { ...json, cookie, origin: betterAuth.origin },
    body: JSON.stringify({ name: 'Backend' }),
  };
  const outcomes = await take(stage, [service, betterAuth], () => [
    underLoad(stage, 'latchkey create', {
      server: service,
      requests: repeat(creation, amount),
      database: SERVICE_DATABASE,
    }),
    underLoad(stage, 'better-auth create', {
      server: betterAuth,
      requests: repeat(peerCreation, amount),
      database: 'better-auth',
    }),
  ]);
  return {
    outcomes,
    comparisons: [faster(outcomes, { what: 'POST api-clients/', beside: 'better-auth api-key/create', atLeast: 3 })],
  };
};

/** Takes the rounds, then ends the processes of the case. */
export async function take(
  stage: Stage,
  processes: readonly Running[],
  list: () => Contender[] | Promise<Contender[]>,
): Promise<Outcome[]> {
  try {
    return await alternate(await list(), { rounds: stage.plan.rounds, admin: stage.admin });
  } finally {
    for (const one of processes) await stop(one);
  }
}

interface Target {
  server: Server;
  requests: LoadRequest[];
  database?: string;
}

/** A server under the usual load: each request once, then some more, then the rounds. */
export function underLoad({ load, plan }: Stage, name: string, { server, requests, database }: Target): Contender {
  const { connections, warmUpSeconds, roundSeconds } = plan;
  const job = { url: server.origin, requests, connections };
  return {
    name,
    pid: server.pid,
    ...(database === undefined ? {} : { database }),
    async warmUp() {
      await load.ask({ ...job, amount: roundDown(requests.length, connections) });
      await load.ask({ ...job, seconds: warmUpSeconds });
    },
    run: () => load.ask({ ...job, seconds: roundSeconds }),
  };
}

interface Claim {
  what: string;
  beside: string;
  atLeast: number;
}

function faster(outcomes: readonly Outcome[], { what, beside, atLeast }: Claim): Comparison {
  const [service, other] = [outcomes[0]!.perSecond, outcomes[1]!.perSecond];
  const ratio = service / other;
  return { what, beside, unit: '/s', service, other, ratio, wanted: `≥ ${atLeast}`, isMet: ratio >= atLeast };
}

export function get(path: string, headers: Record<string, string>): LoadRequest {
  return { method: 'GET', path, headers };
}

/** A form with the client's own Basic credentials. */
export function post(
  path: string,
  { clientId, secret }: Omit<Machine, 'hash'>,
  form: Record<string, string>,
): LoadRequest {
  const authorization = `Basic ${Buffer.from(`${clientId}:${secret}`).toString('base64')}`;
  return { method: 'POST', path, headers: { ...FORM, authorization }, body: new URLSearchParams(form).toString() };
}

export function bearer(text: string): Record<string, string> {
  return { authorization: `Bearer ${text}` };
}

export async function obtainToken(url: string, machine: Omit<Machine, 'hash'>): Promise<string> {
  const { method, headers, body = '' } = post(url, machine, { grant_type: 'client_credentials' });
  const response = await fetch(url, { method, headers, body });
  if (!response.ok) throw new Error(`${url} answered ${response.status}: ${await response.text()}`);
  return ((await response.json()) as { access_token: string }).access_token;
}

/** An answer of the service for the bare route to repeat, to the byte. */
async function readAnswer(url: string, headers: Record<string, string>) {
  const body = await send<object>(url, { headers });
  const response = await fetch(url, { headers });
  const own = new Set(['date', 'connection', 'keep-alive', 'content-length', 'content-type']);
  return { body, headers: Object.fromEntries([...response.headers].filter(([name]) => !own.has(name))) };
}

function interleave<T>(first: readonly T[], second: readonly T[]): T[] {
  return first.flatMap((one, index) => [one, ...second.slice(index, index + 1)]);
}

export function repeat<T>(one: T, times: number): T[] {
  return Array.from({ length: times }, () => one);
}

function roundDown(value: number, step: number): number {
  return Math.floor(value / step) * step;
}
