import { readFileSync } from 'node:fs';

/** What the tests must reach, in per cent: the first path that fits a file decides. Code that guards secrets is covered whole. */
const floors: { path: RegExp; lines: number; branches: number }[] = [
  { path: /^total$/, lines: 96, branches: 93 },
  {
    path: /src\/(?:secrets|tokens)\/|src\/identity\/(?:admin-|trusted-)|src\/master-key\/key-check\.ts$/,
    lines: 100,
    branches: 100,
  },
];

interface Counts {
  pct: number;
}
type Summary = Record<string, { lines: Counts; branches: Counts }>;

const summary = JSON.parse(readFileSync('.tap/report/coverage-summary.json', 'utf8')) as Summary;
let isEnough = true;
// Run from its sources in a process of its own, it is measured through another loader, which covers all that it loads.
if (Object.keys(summary).some((file) => file.endsWith('/src/cli.ts'))) {
  isEnough = false;
  console.error(
    'A test runs src/cli.ts from its sources with tsx: let it run the build, or keep it from being measured',
  );
}
for (const [file, { lines, branches }] of Object.entries(summary)) {
  const floor = floors.find(({ path }) => path.test(file));
  if (floor === undefined || (lines.pct >= floor.lines && branches.pct >= floor.branches)) continue;
  isEnough = false;
  console.error(
    `${file}: ${lines.pct} % of lines and ${branches.pct} % of branches, ${floor.lines} and ${floor.branches} wanted`,
  );
}
console.log(`Coverage: ${summary.total?.lines.pct} % of lines, ${summary.total?.branches.pct} % of branches`);
if (!isEnough) process.exitCode = 1;
