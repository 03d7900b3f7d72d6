import { setTimeout as wait } from 'node:timers/promises';
import { bearer, get, take, underLoad } from './cases.ts';
import type { Case } from './cases.ts';
import type { LoadRequest, Outcome } from './measure.ts';
import type { Server } from './processes.ts';
import { send, SERVICE_DATABASE } from './stage.ts';
import type { Stage } from './stage.ts';

const CLIENTS = 10;
const CONNECTIONS = 4;
const CHANGES_PER_SECOND = 50;
/** The changes begin before what they disturb and end after it. */
const LEAD_MS = 500;
const SECONDS_AROUND = 1;

/** Warm checks while somebody pauses and resumes API clients of another organization. */
export const revoking: Case = async (stage) => {
  const service = await stage.startService();
  const requests = stage.machines.warm.map(({ secret }) => get('/auth/v2/verify/', { 'x-api-key': secret }));
  const quiet = underLoad(stage, 'latchkey verify, quiet', { server: service, requests, database: SERVICE_DATABASE });
  const job = {
    url: service.origin,
    requests: await makeChanges(stage, service),
    connections: CONNECTIONS,
    seconds: stage.plan.roundSeconds + SECONDS_AROUND,
    ratePerSecond: CHANGES_PER_SECOND,
  };
  const outcomes = await take(stage, [service], () => [
    {
      ...quiet,
      name: `latchkey verify, ${CHANGES_PER_SECOND} changes/s`,
      async run() {
        const changing = stage.storm.ask(job);
        await wait(LEAD_MS);
        const round = await quiet.run();
        const { failures, statuses } = await changing;
        if (failures > 0 || Object.keys(statuses).join() !== '200')
          throw new Error(`changes: ${JSON.stringify(statuses)}`);
        return round;
      },
    },
    quiet,
  ]);
  const [busy, alone] = outcomes as [Outcome, Outcome];
  const ratio = busy.perSecond / alone.perSecond;
  return {
    outcomes,
    comparisons: [
      {
        what: `warm verify/ while another tenant makes ${CHANGES_PER_SECOND} revoking changes a second`,
        beside: 'the same, quiet',
        unit: '/s',
        service: busy.perSecond,
        other: alone.perSecond,
        ratio,
        wanted: '≥ 0.9',
        isMet: ratio >= 0.9,
      },
    ],
  };
};

/** Each client is paused, and then each is resumed: sent round and round, every one of them changes something. */
export async function makeChanges({ owner }: Pick<Stage, 'owner'>, { origin }: Server): Promise<LoadRequest[]> {
  const path = `/auth/v2/organizations/${owner.organizationId}/api-clients/`;
  const headers = { ...bearer(owner.token), 'content-type': 'application/json' };
  const body = { name: 'Changing', environment: 'live', permissions: ['api.read'] };
  const ids: string[] = [];
  while (ids.length < CLIENTS) {
    const { client_id } = await send<{ client_id: string }>(`${origin}${path}`, { headers, body });
    ids.push(client_id);
  }
  return ['paused', 'active'].flatMap((status) =>
    ids.map((id) => ({ method: 'PATCH', path: `${path}${id}/`, headers, body: JSON.stringify({ status }) })),
  );
}
