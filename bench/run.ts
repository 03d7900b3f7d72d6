import { parseArgs } from 'node:util';
import type { Case } from './cases.ts';
import { create, introspect, storm, token, verifyCold, verifyWarm } from './cases.ts';
import { listClients } from './lists.ts';
import { growth, soak } from './long-cases.ts';
import { overload } from './overload.ts';
import { prepare } from './prepare.ts';
import { killAll } from './processes.ts';
import { describeMachine, toMarkdown, writeReport } from './report.ts';
import type { Report } from './report.ts';
import { makeTables, writePage } from './simulation/page.ts';
import { readers, revocation } from './readers.ts';
import { revoking } from './revoking.ts';
import { openStage } from './stage.ts';
import type { Plan } from './stage.ts';

const usualCases: Record<string, Case> = {
  verifyWarm,
  revoking,
  verifyCold,
  storm,
  token,
  introspect,
  create,
  overload,
  readers,
  revocation,
};
const cases: Record<string, Case> = { ...usualCases, growth, lists: listClients, soak };

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    full: { type: 'boolean', default: false },
    soak: { type: 'boolean', default: false },
    write: { type: 'boolean', default: false },
    'no-build': { type: 'boolean', default: false },
    only: { type: 'string' },
  },
});

process.once('exit', killAll);
prepare({ isBuilt: values['no-build'] });
await main();

async function main(): Promise<void> {
  const names = chooseCases();
  const stage = await openStage(makePlan(), say);
  const report: Report = { takenAt: new Date().toISOString(), machine: await machineOf(), plan: stage.plan, cases: [] };
  const notes: string[] = [];
  try {
    for (const name of names) {
      say(`case ${name}`);
      try {
        const { notes: more = [], ...result } = await cases[name]!(stage);
        report.cases.push({ name, ...result });
        notes.push(...more);
      } catch (err) {
        const error = err instanceof Error ? err.message : String(err);
        say(`case ${name} failed: ${err instanceof Error ? (err.stack ?? error) : error}`);
        report.cases.push({ name, error });
        process.exitCode = 1;
      }
    }
  } finally {
    await stage.close();
  }
  console.log(`\n${[toMarkdown(report), ...notes].join('\n\n')}`);
  // A quick run measures nothing worth keeping.
  if (!values.quick) await writeReport(report, { intoReadme: values.write });
  if (!values.quick && values.write && values.only === undefined) await writePage(await makeTables(report));

  async function machineOf() {
    const { rows } = await stage.admin.query<{ server_version: string }>('show server_version');
    return describeMachine(rows[0]!.server_version);
  }
}

function chooseCases(): string[] {
  const names = values.only?.split(',') ?? [
    ...Object.keys(usualCases),
    ...(values.full ? ['growth', 'lists'] : []),
    ...(values.soak ? ['soak'] : []),
  ];
  const unknown = names.filter((name) => !(name in cases));
  if (unknown.length > 0) throw new Error(`no such case: ${unknown.join(', ')} (${Object.keys(cases).join(', ')})`);
  return names;
}

function makePlan(): Plan {
  const { quick } = values;
  return {
    rounds: quick ? 1 : 5,
    roundSeconds: quick ? 1 : 3,
    warmUpSeconds: quick ? 1 : 2,
    soakSeconds: quick ? 20 : 600,
    connections: 32,
    remembered: quick ? 1000 : 50_000,
    amounts: quick
      ? { total: 5000, warm: 320, cold: 960, wrong: 320 }
      : { total: 100_000, warm: 1000, cold: 16_000, wrong: 2000 },
  };
}

function say(text: string): void {
  process.stderr.write(`${new Date().toISOString().slice(11, 19)} ${text}\n`);
}
