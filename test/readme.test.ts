import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import t from 'tap';
import { renderErrorTable, renderFaultTable } from '../scripts/error-table.ts';
import { makeServicePlace } from './support/service-process.ts';

const root = join(import.meta.dirname, '..');

function readReadme(): Promise<string> {
  return readFile(join(root, 'README.md'), 'utf8');
}

/** The commands between the README's markers, as they stand there. */
async function readWalkThrough(): Promise<string> {
  const part = (await readReadme()).split('<!-- walk-through -->')[1]?.split('<!-- /walk-through -->')[0] ?? '';
  return [...part.matchAll(/^```sh\n(.*?)^```$/gms)].map(([, commands]) => commands).join('\n');
}

interface Result {
  code: number | null;
  stdout: string;
  stderr: string;
}

async function run(script: string, env: Record<string, string>): Promise<Result> {
  const child = spawn('bash', ['-euo', 'pipefail', '-c', script], { cwd: root, env: { ...process.env, ...env } });
  const exited = new Promise<number | null>((resolve) => child.once('exit', resolve));
  const [stdout, stderr, code] = await Promise.all([text(child.stdout), text(child.stderr), exited]);
  return { code, stdout, stderr };
}

void t.test(
  'the walk-through of the README works as it stands, from the first registration to the last delete',
  async (t) => {
    const place = await makeServicePlace(t);
    const service = place.launch({ LATCHKEY_DATA_DIR: place.dataDir, PORT: '0' });
    const origin = await service.listening();
    const { code, stdout, stderr } = await run(await readWalkThrough(), {
      LATCHKEY: origin,
      LATCHKEY_DATA_DIR: place.dataDir,
    });

    t.equal(code, 0, stderr);
    for (const line of [
      '"name": "ada\'s organization"',
      '"permissions": [',
      '"name": "Acme Customer App"',
      '"name": "Onboarding backend (production)"',
      '"name": "Onboarding backend (staging)"',
      '"name": "Reporting job"',
      'before: 200',
      'old secret: 401',
      'new secret: 200',
      'after the delete: 401',
    ]) {
      t.ok(stdout.includes(line), `it shows ${line}`);
    }
  },
);

void t.test('the README lists every error code with its status, and every code of a fault', async (t) => {
  t.ok((await readReadme()).includes(`<!-- errors -->\n${renderErrorTable()}\n<!-- /errors -->`), 'npm run readme');
  t.ok((await readReadme()).includes(`<!-- faults -->\n${renderFaultTable()}\n<!-- /faults -->`), 'npm run readme');
});
