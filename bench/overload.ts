import { constants, setPriority } from 'node:os';
import pg from 'pg';
import { get, repeat } from './cases.ts';
import type { Case, Comparison } from './cases.ts';
import { CaseError } from './measure.ts';
import type { Job, LoadRequest, LoadRound, Outcome } from './measure.ts';
import { readRssMib, stop, Worker } from './processes.ts';
import { SERVICE_DATABASE } from './stage.ts';
import type { Stage } from './stage.ts';

const API = '/auth/v2';
const PEOPLE = 200;
const PASSWORD = 'Correct-Horse-7';
/** As many as can wait and be turned away at the same time. */
const CONNECTIONS = 256;
const PEAK_CONNECTIONS = 8;
const PROBE_CONNECTIONS = 4;
const WARM_RATE_PER_SECOND = 200;
const COLD_RATE_PER_SECOND = 40;
const OVERLOAD = 5;
/** Longer than the longest wait, so that the queue is full for most of it. */
const SECONDS_MIN = 12;
const WARM_UP_SECONDS = 5;

/** Five times as many right logins as the service can hash, and what checks beside them notice of it. */
export const overload: Case = async (stage) => {
  const { load, storm, machines, plan } = stage;
  const service = await stage.startService();
  const third = new Worker<Job, LoadRound>('load.js');
  // Clients are on other machines: how long one here waits for a core is nothing that a caller would notice.
  for (const { pid } of [load, third]) prefer(pid, constants.priority.PRIORITY_ABOVE_NORMAL);
  try {
    const logins = await addPeople(stage);
    const seconds = Math.max(SECONDS_MIN, plan.roundSeconds * 5);
    const url = service.origin;
    const warm = machines.warm.slice(0, PROBE_CONNECTIONS).map(({ secret }) => check(secret));
    const probe = () =>
      load.ask({ url, requests: warm, connections: warm.length, seconds, ratePerSecond: WARM_RATE_PER_SECOND });

    const logIn = (connections: number, duration: number, ratePerSecond?: number) =>
      storm.ask({
        url,
        requests: repeatTo(logins, connections),
        connections,
        seconds: duration,
        ...(ratePerSecond !== undefined && { ratePerSecond }),
      });

    await logIn(PEAK_CONNECTIONS, WARM_UP_SECONDS);
    const peak = await logIn(PEAK_CONNECTIONS, seconds);
    await probe();
    const quiet = await probe();
    const floodRate = peak.ok.perSecond * OVERLOAD;
    await logIn(CONNECTIONS, WARM_UP_SECONDS, floodRate);
    const amount = COLD_RATE_PER_SECOND * (seconds - 2);
    const [flood, beside, cold] = await Promise.all([
      logIn(CONNECTIONS, seconds, floodRate),
      probe(),
      third.ask({
        url,
        requests: machines.cold.slice(0, amount).map(({ secret }) => check(secret)),
        connections: PROBE_CONNECTIONS,
        amount,
        ratePerSecond: COLD_RATE_PER_SECOND,
      }),
    ]);
    requireOnly(flood, ['200', '503']);
    for (const round of [peak, quiet, beside, cold]) requireOnly(round, ['200']);
    const rssMib = await readRssMib(service.pid);
    return {
      outcomes: [
        outcomeOf(`login, ${PEAK_CONNECTIONS} connections`, peak, rssMib),
        outcomeOf(`login, ${OVERLOAD} times as many: accepted`, flood, rssMib),
        outcomeOf('warm verify/, quiet', quiet, rssMib),
        outcomeOf('warm verify/ beside the overload', beside, rssMib),
        outcomeOf('cold verify/ beside the overload', cold, rssMib),
      ],
      comparisons: [
        compare(
          { what: `logins accepted at ${OVERLOAD} times the peak`, beside: 'the peak', unit: '/s', atLeast: 0.8 },
          [flood.ok.perSecond, peak.ok.perSecond],
        ),
        compare({ what: 'p99 of those accepted', beside: 'the most it may be', unit: 'ms', atMost: 1 }, [
          flood.ok.p99Ms,
          2500,
        ]),
        compare({ what: 'warm verify/ p99 beside it', beside: 'its quiet p99', unit: 'ms', atMost: 3 }, [
          beside.p99Ms,
          quiet.p99Ms,
        ]),
        compare({ what: 'cold verify/ p99 beside it', beside: 'the most it may be', unit: 'ms', atMost: 1 }, [
          cold.p99Ms,
          500,
        ]),
      ],
    };
  } finally {
    prefer(load.pid, constants.priority.PRIORITY_NORMAL);
    await stop(third);
    await stop(service);
  }
};

/** Where this user may. */
function prefer(pid: number, priority: number): void {
  try {
    setPriority(pid, priority);
  } catch {
    // Then it waits for a core like all others.
  }
}

/** Lets many people have the owner's password: logins to one account would wait for one another. */
async function addPeople({ urlOf }: Stage): Promise<LoadRequest[]> {
  const client = new pg.Client({ connectionString: urlOf(SERVICE_DATABASE) });
  await client.connect();
  try {
    await client.query(
      `insert into users (id, email, password_hash)
        select gen_random_uuid(), 'person' || i || '@example.com', owner.password_hash
        from users as owner, generate_series(1, $1) as i where owner.email = 'owner@example.com'`,
      [PEOPLE],
    );
  } finally {
    await client.end();
  }
  return Array.from({ length: PEOPLE }, (_, index) => ({
    method: 'POST',
    path: `${API}/programmatic/login/`,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ email: `person${index + 1}@example.com`, password: PASSWORD }),
  }));
}

function check(secret: string): LoadRequest {
  return get(`${API}/verify/`, { 'x-api-key': secret });
}

/** At least one for each connection. */
function repeatTo(requests: readonly LoadRequest[], connections: number): LoadRequest[] {
  return repeat(requests, Math.ceil(connections / requests.length)).flat();
}

function requireOnly({ statuses, failures }: LoadRound, wanted: readonly string[]): void {
  const isWanted = Object.keys(statuses).every((status) => wanted.includes(status));
  if (!isWanted || failures > 0) throw new CaseError(`answers were ${JSON.stringify(statuses)}, ${failures} failed`);
}

function outcomeOf(name: string, { ok }: LoadRound, rssMib: number): Outcome {
  return { name, rounds: 1, ...ok, cpuPerThousand: 0, databaseCpuPerThousand: 0, rssMib };
}

interface Claim extends Pick<Comparison, 'what' | 'beside' | 'unit'> {
  atLeast?: number;
  atMost?: number;
}

function compare({ atLeast, atMost, ...words }: Claim, [service, other]: readonly [number, number]): Comparison {
  const ratio = service / other;
  const wanted = atLeast === undefined ? `≤ ${atMost}` : `≥ ${atLeast}`;
  return { ...words, service, other, ratio, wanted, isMet: ratio >= (atLeast ?? 0) && ratio <= (atMost ?? Infinity) };
}
