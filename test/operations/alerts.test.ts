import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { parse } from 'yaml';

const root = join(import.meta.dirname, '..', '..');

interface Rules {
  groups: { rules: { alert: string }[] }[];
}

void t.test('docs/operations.md says of each alert, and of no other, what to do', async (t) => {
  const { groups } = parse(await readFile(join(root, 'docker', 'grafana', 'alerts.yaml'), 'utf8')) as Rules;
  const page = await readFile(join(root, 'docs', 'operations.md'), 'utf8');
  const described = [...page.matchAll(/^- \*\*(Latchkey\w+)\*\* \S/gm)].map(([, name]) => name);
  t.same(
    described,
    groups.flatMap(({ rules }) => rules.map(({ alert }) => alert)),
  );
});
