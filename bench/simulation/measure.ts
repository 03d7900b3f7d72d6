import { bearer, get, take, underLoad } from '../cases.ts';
import type { LoadRequest, Outcome } from '../measure.ts';
import { describeMachine } from '../report.ts';
import type { Report } from '../report.ts';
import { openStage, send, SERVICE_DATABASE } from '../stage.ts';
import type { Plan, Stage } from '../stage.ts';
import { measureHoldTimes, round } from './head.ts';
import type { HoldTimes } from './head.ts';

/** What the simulation is fed with beside the benchmark's results, as `measured.json` holds it. */
export interface Measured {
  takenAt: string;
  machine: Report['machine'];
  /**
   * CPU of what the benchmark has no case for, in the proportion to one of its cases that one run found: a busy machine
   * makes both dearer. A check that shares its question with no other, to checks; a revocation, to creating a client.
   */
  proportions: Record<'loneCheck' | 'revocation', Proportion>;
  holdMs: HoldTimes;
}

interface Proportion {
  instance: number;
  postgres: number;
}

const API = '/auth/v2';
const plan: Plan = {
  rounds: 3,
  roundSeconds: 2,
  warmUpSeconds: 2,
  soakSeconds: 0,
  remembered: 0,
  connections: 32,
  amounts: { total: 100_000, warm: 1000, cold: 0, wrong: 0 },
};
/** Clients that are paused and activated, two for each connection. */
const TOGGLED = 64;

/** Measures all of it on this machine, in two minutes. @param say where progress goes */
export async function measureAll(say: (text: string) => void): Promise<Measured> {
  say('the head of the change log');
  const holdMs = await measureHoldTimes();
  const stage = await openStage(plan, say);
  try {
    const { rows } = await stage.admin.query<{ server_version: string }>('show server_version');
    say('checks');
    const [check] = await measureOne(stage, () => checks(stage));
    const [loneCheck] = await measureOne({ ...stage, plan: { ...plan, connections: 1 } }, () => checks(stage));
    say('changes');
    const [create] = await measureOne(stage, async () => Array.from({ length: TOGGLED }, () => creation(stage)));
    const [revocation] = await measureOne(stage, (origin) => revocations(stage, origin));
    return {
      takenAt: new Date().toISOString(),
      machine: describeMachine(rows[0]!.server_version),
      proportions: { loneCheck: divide(loneCheck!, check!), revocation: divide(revocation!, create!) },
      holdMs,
    };
  } finally {
    await stage.close();
  }
}

async function measureOne(stage: Stage, makeRequests: (origin: string) => Promise<LoadRequest[]>): Promise<Outcome[]> {
  const server = await stage.startService();
  const requests = await makeRequests(server.origin);
  return take(stage, [server], () => [underLoad(stage, 'latchkey', { server, requests, database: SERVICE_DATABASE })]);
}

async function checks({ machines }: Stage): Promise<LoadRequest[]> {
  return machines.warm.map(({ secret }) => get(`${API}/verify/`, { 'x-api-key': secret }));
}

function creation({ owner }: Stage): LoadRequest & { body: string } {
  return {
    method: 'POST',
    path: `${API}/organizations/${owner.organizationId}/api-clients/`,
    headers: { 'content-type': 'application/json', ...bearer(owner.token) },
    body: JSON.stringify({ name: 'Backend', environment: 'live', permissions: ['api.read'] }),
  };
}

/** Pauses clients and activates them again: each is a change that every instance has to hear of. */
async function revocations(stage: Stage, origin: string): Promise<LoadRequest[]> {
  const requests: LoadRequest[] = [];
  for (let index = 0; index < TOGGLED; index += 1) {
    const { path, headers, body } = creation(stage);
    const client = await send<{ client_id: string }>(`${origin}${path}`, { headers, body: JSON.parse(body) as object });
    for (const status of ['paused', 'active']) {
      requests.push({
        method: 'PATCH',
        path: `${path}${client.client_id}/`,
        headers,
        body: JSON.stringify({ status }),
      });
    }
  }
  return requests;
}

function divide(one: Outcome, other: Outcome): Proportion {
  return {
    instance: round(one.cpuPerThousand / other.cpuPerThousand),
    postgres: round(one.databaseCpuPerThousand / other.databaseCpuPerThousand),
  };
}
