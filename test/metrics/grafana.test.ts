import { spawnSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { parse } from 'yaml';
import { build } from '../support/build-app.ts';
import { parseMetrics } from '../support/metrics.ts';

const folder = join(import.meta.dirname, '..', '..', 'docker', 'grafana');
const read = (name: string) => readFile(join(folder, name), 'utf8');

interface Panel {
  id: number;
  type: string;
  title: string;
  gridPos: { x: number; y: number; w: number; h: number };
  targets?: { expr: string }[];
}

interface Dashboard {
  panels: Panel[];
  templating: { list: { name: string; type: string; query: string | { query: string } }[] };
}

interface Rules {
  groups: { rules: { alert: string; expr: string; annotations: { summary: string; description: string } }[] }[];
}

const dashboard = JSON.parse(await read('dashboard.json')) as Dashboard;
const rules = (parse(await read('alerts.yaml')) as Rules).groups.flatMap((group) => group.rules);
const targets = dashboard.panels.flatMap(({ title, targets = [] }) => targets.map(({ expr }) => ({ title, expr })));
const queries = [...targets, ...rules.map(({ alert, expr }) => ({ title: alert, expr }))];

/** PromQL's own words. */
const keywords = new Set([
  'by',
  'without',
  'on',
  'ignoring',
  'group_left',
  'group_right',
  'and',
  'or',
  'unless',
  'bool',
  'offset',
]);

/** The metrics that a PromQL expression asks for, each with the matchers on its labels. */
function metricsOf(expr: string): { name: string; matchers: { label: string; value: string }[] }[] {
  const rest = expr
    .replaceAll(/\[[^\]]*\]/g, ' ')
    .replaceAll(/\b(?:by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)/g, ' ');
  return [...rest.matchAll(/([a-zA-Z_:][a-zA-Z0-9_:]*)\s*(\(|\{[^}]*\})?|"[^"]*"/g)]
    .filter(([, name, next]) => name !== undefined && next !== '(' && !keywords.has(name))
    .map(([, name = '', selector = '']) => ({
      name,
      matchers: [...selector.matchAll(/(\w+)\s*(?:=~|!~|!=|=)\s*"([^"]*)"/g)].map(([, label = '', value = '']) => ({
        label,
        value,
      })),
    }));
}

void t.test('the queries of the dashboard and the rules', async (t) => {
  const test = await build(t, { env: { METRICS_PORT: '1' } });
  await test.request('GET', '/livez');
  const text = await test.app.metrics.read();
  const lines = parseMetrics(text);
  const families = [...text.matchAll(/^# TYPE (\w+) (\w+)$/gm)].map(([, name = '', type = '']) => ({ name, type }));
  const names = new Set([
    // Prometheus's own.
    'up',
    ...families.flatMap(({ name, type }) =>
      type === 'histogram' ? ['_bucket', '_sum', '_count'].map((suffix) => `${name}${suffix}`) : [name],
    ),
  ]);

  await t.test('ask for metrics that the service exports', async (t) => {
    const asked = queries.flatMap(({ title, expr }) => metricsOf(expr).map(({ name }) => ({ title, name })));
    t.ok(asked.length > 40);
    t.same(
      asked.filter(({ name }) => !names.has(name)),
      [],
    );
  });

  await t.test('match on labels and values that there are', async (t) => {
    const routes = test.app.routeTable.map(({ url }) => url);
    for (const { title, expr } of queries) {
      for (const { name, matchers } of metricsOf(expr)) {
        const own = new Set(lines.filter((line) => line.name === name).flatMap(({ labels }) => Object.keys(labels)));
        for (const { label, value } of matchers) {
          if (['job', 'instance'].includes(label)) continue;
          t.ok(own.has(label), `${title}: ${name} has the label ${label}`);
          const isKnown = (text: string) => new RegExp(`^(?:${value})$`).test(text);
          if (label === 'route') t.ok(routes.some(isKnown), `${title}: ${value}`);
          if (['outcome', 'kind', 'lane', 'state'].includes(label)) {
            t.ok(
              lines.some((line) => line.name === name && isKnown(line.labels[label] ?? '')),
              `${title}: ${value}`,
            );
          }
        }
      }
    }
  });

  await t.test('leave no metric of the service out', async (t) => {
    const asked = new Set(
      queries.flatMap(({ expr }) => metricsOf(expr).map(({ name }) => name.replace(/_(?:bucket|sum|count)$/, ''))),
    );
    t.same(
      families.filter(({ name }) => name.startsWith('latchkey_') && !asked.has(name)),
      [],
    );
  });
});

void t.test(
  'the dashboard is one that Grafana can import: nothing overlaps, and it names no data source of ours',
  async (t) => {
    const { panels, templating } = dashboard;
    t.equal(new Set(panels.map(({ id }) => id)).size, panels.length);
    const isApart = (a: Panel['gridPos'], b: Panel['gridPos']) =>
      a.x + a.w <= b.x || b.x + b.w <= a.x || a.y + a.h <= b.y || b.y + b.h <= a.y;
    const faults = panels.flatMap(({ title, gridPos }, i) => [
      ...(gridPos.x + gridPos.w > 24 ? [`${title} is too wide`] : []),
      ...panels
        .slice(i + 1)
        .flatMap((other) => (isApart(gridPos, other.gridPos) ? [] : [`${title} and ${other.title}`])),
    ]);
    t.same(faults, []);
    t.same(
      templating.list.map(({ name, type }) => `${name} ${type}`),
      ['datasource datasource', 'job query', 'instance query'],
    );
    const uids = [...(await read('dashboard.json')).matchAll(/"uid": "([^"]+)"/g)].map(([, uid]) => uid);
    t.same([...new Set(uids)].sort(), ['${datasource}', 'latchkey']);
  },
);

void t.test('every alert says what it is and what to look at', async (t) => {
  t.equal(new Set(rules.map(({ alert }) => alert)).size, rules.length);
  for (const { alert, annotations } of rules) {
    t.match(alert, /^Latchkey[A-Z]\w+$/);
    t.ok(annotations.summary.length > 10 && annotations.description.length > 20, alert);
  }
});

const hasPromtool = spawnSync('promtool', ['--version']).status === 0;

void t.test('promtool has nothing against the rules, the configuration and the metrics', async (t) => {
  if (!hasPromtool) {
    t.comment('not checked: promtool of Debian’s package prometheus is not installed');
    return;
  }
  const run = (args: string[], input?: string) => {
    const { status, stdout, stderr } = spawnSync('promtool', args, {
      cwd: folder,
      encoding: 'utf8',
      ...(input !== undefined && { input }),
    });
    return { status, output: `${stdout}${stderr}` };
  };
  for (const args of [
    ['check', 'rules', 'alerts.yaml'],
    ['check', 'config', 'prometheus.yaml'],
  ]) {
    const { status, output } = run(args);
    t.equal(status, 0, output);
  }
  const test = await build(t, { env: { METRICS_PORT: '1' } });
  const { output } = run(['check', 'metrics'], await test.app.metrics.read());
  // What prom-client names is known by these names.
  t.same(
    output.split('\n').filter((line) => line !== '' && !/^(?:nodejs|process)_/.test(line)),
    [],
  );
});
