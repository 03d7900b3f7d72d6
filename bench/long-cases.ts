import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { migrateDatabase } from '../src/db/migrate.ts';
import { bearer, get, obtainToken, post, take, underLoad } from './cases.ts';
import type { Case } from './cases.ts';
import type { Contender, LoadRequest, Outcome, Round } from './measure.ts';
import { CaseError, median } from './measure.ts';
import { readRssMib, stop } from './processes.ts';
import type { Server } from './processes.ts';
import { seedService } from './seed.ts';
import { SERVICE_DATABASE } from './stage.ts';
import type { Stage } from './stage.ts';

const API = '/auth/v2';
const SMALL = 1_000;
const LARGE = 1_000_000;
const SAMPLE_SECONDS = 10;
const RSS_MAX_MIB = 250;
/** A tenth more or less is what it is to tell, and one round differs from the next by as much. */
const GROWTH_ROUNDS_FACTOR = 3;
/** What counts as flat: the last minute's median beside the middle's. */
const GROWTH_MAX = 1.05;

/** What a warm check costs, the database's share included, as the table grows; and two processes on the small one. */
export const growth: Case = async (stage) => {
  const place = async (name: string, total: number) => {
    const url = await stage.createDatabase(name);
    await migrateDatabase(url);
    const { warm } = await seedService(url, stage.masterKey, { total, warm: SMALL, cold: 0, wrong: 0 });
    const server = await stage.startService(name);
    const requests = warm.map(({ secret }) => get(`${API}/verify/`, { 'x-api-key': secret }));
    return { requests, ...underLoadOf(name, { server, requests }) };
  };
  const underLoadOf = (database: string, target: Omit<Parameters<typeof underLoad>[2], 'database'>) => ({
    server: target.server,
    contender: underLoad(stage, `latchkey verify, ${database}`, { ...target, database }),
  });
  const large = await place('million', LARGE);
  const small = await place('thousand', SMALL);
  const second = await stage.startService('thousand');
  const plan = { ...stage.plan, rounds: stage.plan.rounds * GROWTH_ROUNDS_FACTOR };
  const outcomes = await take({ ...stage, plan }, [large.server, small.server, second], () => [
    large.contender,
    small.contender,
    bothUnderLoad(stage, [small.server, second], small.requests),
  ]);
  const [many, few] = outcomes.map(
    ({ cpuPerThousand, databaseCpuPerThousand }) => 1000 / (cpuPerThousand + databaseCpuPerThousand),
  ) as [number, number];
  const ratio = many / few;
  return {
    outcomes,
    comparisons: [
      {
        what: `warm verify/ per CPU-second, ${LARGE} clients`,
        beside: `the same with ${SMALL}`,
        unit: '/CPU-s',
        service: many,
        other: few,
        ratio,
        wanted: '≥ 0.95',
        isMet: ratio >= 0.95,
      },
    ],
  };
};

/** Two processes on one database, each with a load of its own; the sum of both. */
function bothUnderLoad(stage: Stage, servers: readonly [Server, Server], requests: LoadRequest[]): Contender {
  const [first, second] = servers;
  const { connections, warmUpSeconds, roundSeconds } = stage.plan;
  const ask = async (seconds: number): Promise<Round> => {
    const job = { requests, connections, seconds };
    const rounds = await Promise.all([
      stage.load.ask({ ...job, url: first.origin }),
      stage.storm.ask({ ...job, url: second.origin }),
    ]);
    return addRounds(rounds);
  };
  return {
    name: 'latchkey verify, thousand, two processes together',
    pid: first.pid,
    alsoPids: [second.pid],
    database: 'thousand',
    warmUp: () => ask(warmUpSeconds),
    run: () => ask(roundSeconds),
  };
}

/** What several loads saw that ran at the same time. */
export function addRounds(rounds: readonly Round[]): Round {
  const statuses: Record<string, number> = {};
  for (const round of rounds) {
    for (const [status, count] of Object.entries(round.statuses)) statuses[status] = (statuses[status] ?? 0) + count;
  }
  const sum = (pick: (round: Round) => number) => rounds.reduce((total, round) => total + pick(round), 0);
  const most = (pick: (round: Round) => number) => Math.max(...rounds.map(pick));
  return {
    requests: sum(({ requests }) => requests),
    seconds: most(({ seconds }) => seconds),
    perSecond: sum(({ perSecond }) => perSecond),
    p50Ms: most(({ p50Ms }) => p50Ms),
    p99Ms: most(({ p99Ms }) => p99Ms),
    statuses,
    failures: sum(({ failures }) => failures),
  };
}

/** Resident memory over ten minutes of everything, in a process that has checked many clients before. */
export const soak: Case = async (stage) => {
  const { load, plan, machines } = stage;
  const many = await stage.remembered();
  const service = await stage.startService(SERVICE_DATABASE, {
    // It makes more of them in ten minutes than an organization may usually have.
    LATCHKEY_QUOTAS: '{"api_clients":1000000}',
    NODE_OPTIONS: await readImageOptions(),
  });
  const url = service.origin;
  try {
    const requests = await mix(stage, url);
    const first = many.map(({ secret }) => get(`${API}/verify/`, { 'x-api-key': secret }));
    await load.ask({ url, requests: first, connections: plan.connections, amount: first.length });
    const samples: number[] = [];
    const statuses: Record<string, number> = {};
    for (let elapsed = 0; elapsed < plan.soakSeconds; elapsed += SAMPLE_SECONDS) {
      const round = await load.ask({ url, requests, connections: plan.connections, seconds: SAMPLE_SECONDS });
      for (const [status, count] of Object.entries(round.statuses)) statuses[status] = (statuses[status] ?? 0) + count;
      samples.push(await readRssMib(service.pid));
    }
    const unwanted = Object.keys(statuses).filter((status) => !status.startsWith('2') && status !== '401');
    if (unwanted.length > 0) throw new CaseError(`the soak was answered with ${JSON.stringify(statuses)}`);
    const half = samples.slice(Math.floor(samples.length / 2));
    const edge = Math.max(1, Math.floor(half.length / 5));
    const [middle, end] = [median(half.slice(0, edge)), median(half.slice(-edge))];
    const most = Math.max(...samples);
    const outcome: Outcome = {
      name: `latchkey, mixed load, ${many.length} clients remembered, ${machines.warm.length} in play`,
      rounds: samples.length,
      perSecond: Object.values(statuses).reduce((sum, count) => sum + count, 0) / plan.soakSeconds,
      p50Ms: 0,
      p99Ms: 0,
      cpuPerThousand: 0,
      databaseCpuPerThousand: 0,
      rssMib: most,
    };
    return {
      outcomes: [outcome],
      comparisons: [
        {
          what: `RSS at the end of ${plan.soakSeconds} s of mixed load (most: ${most.toFixed(0)} MiB)`,
          beside: 'RSS at the half',
          unit: 'MiB',
          service: end,
          other: middle,
          ratio: end / middle,
          wanted: `≤ ${GROWTH_MAX}, under ${RSS_MAX_MIB} MiB`,
          isMet: end / middle <= GROWTH_MAX && most < RSS_MAX_MIB,
        },
      ],
    };
  } finally {
    await stop(service);
  }
};

/** What the image bounds the heap by: without it V8 lets the heap grow to several times what is alive. */
async function readImageOptions(): Promise<string> {
  const dockerfile = await readFile(join(import.meta.dirname, '..', 'Dockerfile'), 'utf8');
  const [, options] = /NODE_OPTIONS='([^']+)'/.exec(dockerfile) ?? [];
  if (options === undefined) throw new CaseError('the Dockerfile sets no NODE_OPTIONS');
  return options;
}

/** Mostly checks and tokens, some introspection and reading, a few wrong secrets, rarely a new client. */
async function mix({ machines, owner }: Parameters<Case>[0], origin: string): Promise<LoadRequest[]> {
  const requests: LoadRequest[] = [];
  for (const [index, machine] of machines.warm.entries()) {
    const key = { 'x-api-key': machine.secret };
    requests.push(get(`${API}/verify/`, key), post(`${API}/token/`, machine, { grant_type: 'client_credentials' }));
    if (index % 2 === 0) {
      const token = await obtainToken(`${origin}${API}/token/`, machine);
      requests.push(post(`${API}/introspect/`, machine, { token }), get(`${API}/verify/`, bearer(token)));
    }
    if (index % 5 === 0) {
      const wrong = machines.wrong[index % machines.wrong.length]!;
      requests.push(get(`${API}/verify/`, { 'x-api-key': wrong.secret }));
      requests.push(get(`${API}/organizations/me/`, bearer(owner.token)));
    }
    if (index % 50 === 0) {
      requests.push({
        method: 'POST',
        path: `${API}/organizations/${owner.organizationId}/api-clients/`,
        headers: { 'content-type': 'application/json', ...bearer(owner.token) },
        body: JSON.stringify({ name: 'Backend', environment: 'live', permissions: ['api.read'] }),
      });
    }
  }
  return requests;
}
