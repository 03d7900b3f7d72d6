// Says what the event loop of the service spends a request on. README.md says how it is read.
import { existsSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { unbundle } from './bundled-sources.ts';
import { bearer, get, post, repeat } from './cases.ts';
import { sumByFunction, sumBySubject } from './cpu-profile.ts';
import type { CpuProfile, Share } from './cpu-profile.ts';
import type { LoadRequest } from './measure.ts';
import { prepare } from './prepare.ts';
import { killAll, stop } from './processes.ts';
import type { Server } from './processes.ts';
import { table } from './report.ts';
import { makeChanges } from './revoking.ts';
import { openStage, SERVICE_DATABASE } from './stage.ts';
import type { Stage } from './stage.ts';

const API = '/auth/v2';
const CONNECTIONS = 32;
const WARM_UP_SECONDS = 5;
const FUNCTIONS_SHOWN = 25;
const DEADLINE_MS = 20_000;

const loads: Record<string, (stage: Stage, service: Server) => LoadRequest[] | Promise<LoadRequest[]>> = {
  verify: ({ machines }) => machines.warm.map(({ secret }) => get(`${API}/verify/`, { 'x-api-key': secret })),
  token: ({ machines }) =>
    machines.warm.map((machine) => post(`${API}/token/`, machine, { grant_type: 'client_credentials' })),
  create: ({ owner }) =>
    repeat(
      {
        method: 'POST',
        path: `${API}/organizations/${owner.organizationId}/api-clients/`,
        headers: { 'content-type': 'application/json', ...bearer(owner.token) },
        body: JSON.stringify({ name: 'Backend', environment: 'live', permissions: ['api.read', 'flows.execute'] }),
      },
      CONNECTIONS,
    ),
  change: async (stage, service) => repeat(await makeChanges(stage, service), 2 * CONNECTIONS).flat(),
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seconds: { type: 'string', default: '10' },
    keep: { type: 'string' },
    'no-build': { type: 'boolean', default: false },
  },
});
const [name = 'verify'] = positionals;
const load = loads[name];
if (load === undefined) throw new Error(`no such load: ${name} (${Object.keys(loads).join(', ')})`);

process.once('exit', killAll);
prepare({ isBuilt: values['no-build'] });
await main(load, { seconds: Number(values.seconds) });

async function main(makeRequests: (typeof loads)[string], { seconds }: { seconds: number }): Promise<void> {
  const amounts = { total: 20_000, warm: 1000, cold: 0, wrong: 0 };
  const times = { rounds: 1, roundSeconds: seconds, warmUpSeconds: WARM_UP_SECONDS, soakSeconds: 0 };
  const stage = await openStage({ ...times, connections: CONNECTIONS, remembered: 0, amounts }, console.error);
  try {
    const file = values.keep ?? join(stage.dir, 'service.cpuprofile');
    await rm(file, { force: true });
    const service = await stage.startService(SERVICE_DATABASE, {
      NODE_OPTIONS: `--import=${join(import.meta.dirname, 'profiled.js')}`,
      PROFILE_FILE: file,
      LATCHKEY_QUOTAS: '{"api_clients":1000000}',
    });
    const job = { url: service.origin, requests: await makeRequests(stage, service), connections: CONNECTIONS };
    await stage.load.ask({ ...job, seconds: WARM_UP_SECONDS });
    process.kill(service.pid, 'SIGWINCH');
    const before = await readThreadMicros(service.pid);
    const { requests, statuses } = await stage.load.ask({ ...job, seconds });
    const micros = ((await readThreadMicros(service.pid)) - before) / requests;
    process.kill(service.pid, 'SIGWINCH');
    const profile = await readProfile(file);
    await stop(service);
    const rows = (shares: Share[]) =>
      shares.map(({ name, share }) => [(share * micros).toFixed(2), `${(share * 100).toFixed(1)} %`, name]);
    console.log(
      [
        `${requests} requests (${JSON.stringify(statuses)}), ${micros.toFixed(1)} µs of CPU of the event loop's thread for each`,
        '',
        ...table(['µs', 'share', 'for'], rows(sumBySubject(profile))),
        '',
        ...table(['µs', 'share', 'in'], rows(sumByFunction(profile).slice(0, FUNCTIONS_SHOWN))),
      ].join('\n'),
    );
  } finally {
    await stage.close();
  }
}

async function readProfile(file: string): Promise<CpuProfile> {
  const deadline = Date.now() + DEADLINE_MS;
  while (Date.now() < deadline) {
    // The file is there before it is whole.
    const text = existsSync(file) ? await readFile(file, 'utf8') : '';
    if (text.endsWith('}')) return unbundle(JSON.parse(text) as CpuProfile);
    await wait(50);
  }
  throw new Error('the service wrote no profile');
}

/** The CPU time of the thread that runs the event loop. */
async function readThreadMicros(pid: number): Promise<number> {
  const [nanoseconds] = (await readFile(`/proc/${pid}/task/${pid}/schedstat`, 'utf8')).split(' ');
  return Number(nanoseconds) / 1000;
}
