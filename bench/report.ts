import { readFile, writeFile } from 'node:fs/promises';
import { cpus, release, totalmem } from 'node:os';
import { join } from 'node:path';
import type { CaseResult } from './cases.ts';
import type { Plan } from './stage.ts';

/** All of one run, as `results.json` and `last.json` hold it. */
export interface Report {
  takenAt: string;
  machine: { cpu: string; cores: number; memoryGib: number; kernel: string; node: string; postgres: string };
  plan: Plan;
  cases: ({ name: string } & Partial<CaseResult> & { error?: string })[];
}

const MARKERS = ['<!-- results -->', '<!-- /results -->'] as const;

export function describeMachine(postgres: string): Report['machine'] {
  const processors = cpus();
  return {
    cpu: processors[0]?.model.trim() ?? 'unknown',
    cores: processors.length,
    memoryGib: Math.round(totalmem() / 2 ** 30),
    kernel: release(),
    node: process.versions.node,
    postgres,
  };
}

/** Both tables as Markdown: the comparisons, and what each contender did. */
export function toMarkdown({ takenAt, machine, plan, cases }: Report): string {
  const comparisons = cases.flatMap(({ comparisons: list = [] }) => list);
  const outcomes = cases.flatMap(({ outcomes: list = [] }) => list);
  const lines = [
    `Taken ${takenAt.slice(0, 10)} on ${machine.cores} cores (${machine.cpu}), ${machine.memoryGib} GiB, Linux ${machine.kernel}, ` +
      `Node ${machine.node}, Postgres ${machine.postgres}: medians of ${plan.rounds} alternating rounds of ${plan.roundSeconds} s.`,
    '',
    ...table(
      ['case', 'beside', 'Latchkey', 'other', 'ratio', 'wanted', ''],
      comparisons.map((row) => [
        row.what,
        row.beside,
        `${show(row.service)} ${row.unit}`,
        `${show(row.other)} ${row.unit}`,
        row.ratio.toFixed(2),
        row.wanted,
        row.isMet ? 'met' : 'missed',
      ]),
    ),
    '',
    ...table(
      ['contender', 'requests/s', 'p50 ms', 'p99 ms', 'CPU ms/request', 'its Postgres CPU ms/request', 'RSS MiB'],
      outcomes.map((one) => [
        one.name,
        show(one.perSecond),
        one.p50Ms === 0 ? '' : one.p50Ms.toFixed(2),
        one.p99Ms === 0 ? '' : one.p99Ms.toFixed(2),
        one.cpuPerThousand.toFixed(3),
        one.databaseCpuPerThousand.toFixed(3),
        one.rssMib.toFixed(0),
      ]),
    ),
    ...cases.flatMap(({ name, error }) => (error === undefined ? [] : ['', `The case \`${name}\` failed: ${error}`])),
  ];
  return lines.join('\n');
}

/** A Markdown table, its columns lined up. */
export function table(head: string[], rows: string[][]): string[] {
  const widths = head.map((text, column) => Math.max(3, text.length, ...rows.map((row) => row[column]!.length)));
  const line = (cells: string[]) => `| ${cells.map((text, column) => text.padEnd(widths[column]!)).join(' | ')} |`;
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)];
}

function show(value: number): string {
  return value >= 100 ? Math.round(value).toLocaleString('en') : value.toFixed(2);
}

/**
 * Writes `last.json`; when asked to, the tables into the README and `results.json`, which holds what these tables show and what
 * the page on scale counts with.
 */
export async function writeReport(report: Report, { intoReadme }: { intoReadme: boolean }): Promise<void> {
  const dir = import.meta.dirname;
  await writeFile(join(dir, intoReadme ? 'results.json' : 'last.json'), `${JSON.stringify(report, null, 2)}\n`);
  if (!intoReadme) return;
  const path = join(dir, 'README.md');
  const readme = await readFile(path, 'utf8');
  const [start, end] = MARKERS.map((marker) => readme.indexOf(marker)) as [number, number];
  if (start < 0 || end < start) throw new Error('the README has no place for results');
  const before = readme.slice(0, start + MARKERS[0].length);
  await writeFile(path, `${before}\n${toMarkdown(report)}\n${readme.slice(end)}`);
}
