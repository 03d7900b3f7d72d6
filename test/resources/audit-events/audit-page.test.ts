import { spawnSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { auditActions } from '../../../src/changes/audit-actions.ts';
import { build } from '../../support/build-app.ts';
import { createApplication, makeCompany } from '../../support/company.ts';

const page = await readFile(join(import.meta.dirname, '../../../docs/audit-trail.md'), 'utf8');
const program = /<!-- verify\.py -->\s*```python\n(.*?)```/s.exec(page)?.[1] ?? '';
const isInstalled = spawnSync('python3', ['-c', 'import hashlib, json']).status === 0;
const skip = isInstalled || process.env.CI ? {} : { skip: 'python3 is not installed (Debian: python3)' };

function verify(lines: readonly string[]) {
  const { status, stdout, stderr } = spawnSync('python3', ['-c', program], { input: lines.join('\n') });
  return { status, said: `${String(stdout)}${String(stderr)}`.trim() };
}

void t.test('the program on the page verifies an export, and finds what was done to it', skip, async (t) => {
  t.ok(program.trim().split('\n').length <= 12, 'it is short');
  const test = await build(t);
  const company = await makeCompany(test);
  await createApplication(test, company, { name: 'Füße \u{1f600} "quoted" \\ /', description: 'a\n\tb' });
  await createApplication(test, company, { redirect_uris: ['https://acme.example/callback'] });
  const headers = { accept: 'application/x-ndjson' };
  const url = `${company.path}/audit-events/`;
  const { body } = await test.request('GET', url, { token: company.owner.token, headers });
  const lines = body.trimEnd().split('\n');
  const last = JSON.parse(lines.at(-1) ?? '') as { sequence: number; hash: string };
  t.same(verify(lines), { status: 0, said: `whole up to event ${last.sequence}, ${last.hash}` });
  t.match(verify(lines.toSpliced(1, 1)), { status: 1, said: 'event 3 does not follow event 1' });
  t.match(verify([...lines.slice(0, 2), lines[3] ?? '', lines[2] ?? '']), {
    status: 1,
    said: /event 4 does not follow/,
  });
  const changed = lines.map((line) => line.replace('Füße', 'Fuesse'));
  t.match(verify(changed), { status: 1, said: 'event 3 was changed' });
});

void t.test('the page says where the list of actions is', async (t) => {
  t.match(page, 'src/changes/audit-actions.ts');
  for (const action of auditActions) t.match(action, /^[a-z_]+\.[a-z]+$/);
});
