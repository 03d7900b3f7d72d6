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

/** The commands of one part of a page, as they stand there. */
function commandsOf(part: string): string {
  return [...part.matchAll(/^```sh\n(.*?)^```$/gms)].map(([, commands]) => commands).join('\n');
}

/** A page by its headings; what stands before the first one is under ''. */
async function readPage(name: string): Promise<Map<string, string>> {
  const [head = '', ...parts] = (await readFile(join(root, name), 'utf8')).split(/^## /m);
  return new Map([['', head], ...parts.map((part): [string, string] => [part.split('\n', 1)[0] ?? '', part])]);
}

/** The commands about rotations, with what a reader does meanwhile: a client to begin with, and more rotations. */
async function readRotation(): Promise<string> {
  const page = await readPage('docs/rotation.md');
  const part = (heading: string) => commandsOf(page.get(heading) ?? '');
  const create = `client_id=$(curl -sS --fail-with-body "$api/organizations/$org/api-clients/" \
    -H "Authorization: Bearer $token" --json '{"name": "Job", "environment": "live", "permissions": ["api.read"]}' |
    jq -r .client_id)`;
  const look = `curl -sS "$client/secrets/" -H "$auth" | jq -r '"%: " + ([.results[].status] | join(","))'`;
  const after = (what: string) => look.replace('%', what);
  const rotate = part('Rotate');
  return [
    ...[create, part(''), part('Plan'), rotate, after('rotated'), part('Watch')],
    ...[part('Finish'), after('finished'), rotate, part('Cancel'), after('cancelled')],
    ...[rotate, part('Emergency'), after('emergency')],
  ].join('\n');
}

/** The commands between the README's markers, as they stand there. */
async function readWalkThrough(): Promise<string> {
  const part = (await readReadme()).split('<!-- walk-through -->')[1]?.split('<!-- /walk-through -->')[0] ?? '';
  return commandsOf(part);
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

void t.test('the walk-through of the README and the commands about rotations work as they stand', async (t) => {
  const place = await makeServicePlace(t);
  const service = place.launch({ LATCHKEY_DATA_DIR: place.dataDir, PORT: '0' });
  const origin = await service.listening();
  const { code, stdout, stderr } = await run(`${await readWalkThrough()}\n${await readRotation()}`, {
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
    'during the rotation: 200\nafter the rotation: 401',
    'after the delete: 401',
    'rotated: active,retiring',
    'finished: active,revoked',
    'cancelled: revoked,active,revoked',
    'emergency: active,revoked,revoked,revoked,revoked',
    '"paused"',
  ]) {
    t.ok(stdout.includes(line), `it shows ${line}`);
  }
});

void t.test('the README lists every error code with its status, and every code of a fault', async (t) => {
  t.ok((await readReadme()).includes(`<!-- errors -->\n${renderErrorTable()}\n<!-- /errors -->`), 'npm run readme');
  t.ok((await readReadme()).includes(`<!-- faults -->\n${renderFaultTable()}\n<!-- /faults -->`), 'npm run readme');
});
