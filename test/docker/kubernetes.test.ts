import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { parse } from 'yaml';
import { STATE_CONNECTIONS } from '../../src/secrets/state-reader.ts';
import { readConfig } from '../../src/settings/config.ts';
import { settings } from '../../src/settings/settings.ts';
import { findSchemaErrors } from '../support/kubernetes-schemas.ts';
import { find, list, manifests, plainSettings, readOverlay, runKustomize } from '../support/kubernetes.ts';
import { identify, readYaml, visit } from '../support/kustomize.ts';
import type { Resource } from '../support/kustomize.ts';

const root = join(import.meta.dirname, '..', '..');
const read = (path: string) => readFile(join(root, path), 'utf8');

/** What a stop takes at most, as docs/operations.md says. */
const STOP_SECONDS = 10;
/** Of an instance, beside `DATABASE_POOL_MAX`: those of checks, and one that tells whether the database is well. */
const CONNECTIONS_BESIDE_POOL = STATE_CONNECTIONS + 1;
/** What Postgres keeps for superusers, and what CloudNativePG has for its own. */
const KEPT = 3;
const KEPT_BY_OPERATOR = 10;
/** Where nobody sets it. */
const MAX_CONNECTIONS = '100';

const overlays = ['cloudnative-pg', 'own-postgres'];
const imageSettings = Object.fromEntries(
  [.../^ENV (.*)$/m.exec(await read('Dockerfile'))![1]!.matchAll(/(\w+)=(\w[\w.]*)/g)].map(([, name, value]) => [
    name,
    value,
  ]),
) as Record<string, string>;

void t.test('every overlay is looked at', async (t) => {
  t.same((await readdir(join(manifests, 'overlays'))).sort(), overlays);
});

for (const name of overlays) {
  void t.test(`the overlay ${name}`, async (t) => {
    const { resources, deployment, pod, container, example } = await readOverlay(name);
    const env = container.env ?? [];

    await t.test('has nothing that Kubernetes does not know, and lacks nothing it asks for', async (t) => {
      t.same(findSchemaErrors([...resources, example as Resource]), []);
    });

    const built = runKustomize(join(manifests, 'overlays', name));
    await t.test('is what kustomize makes of it', { skip: built === undefined && 'no kubectl of 1.27' }, async (t) => {
      const byName = (all: readonly Resource[]) => new Map(all.map((one) => [identify(one), one]));
      const documents = (built ?? '').split(/^---$/m).map((text) => parse(text) as Resource);
      t.same(byName(documents), byName(resources));
    });

    await t.test('sets settings that the service has, to values it takes, and none twice', async (t) => {
      const helpers = env.flatMap(({ value = '' }) => [...value.matchAll(/\$\((\w+)\)/g)].map(([, helper]) => helper));
      const names = env.map((one) => one.name);
      t.equal(new Set(names).size, names.length);
      const unknown = names.filter((one) => !helpers.includes(one) && !(one.replace(/_FILE$/, '') in settings));
      t.same(unknown, []);
      for (const helper of helpers) {
        const user = env.findIndex(({ value = '' }) => value.includes(`$(${helper})`));
        t.ok(names.indexOf(helper ?? '') < user, `${helper} stands before what it is put into`);
      }
      t.doesNotThrow(() => readConfig({ ...imageSettings, ...plainSettings(container) }));
    });

    await t.test('reads its secrets from the keys of the example, which start nothing as they stand', async (t) => {
      const volume = pod.volumes?.find((one) => one.secret?.secretName === example.metadata?.name);
      const mount = container.volumeMounts?.find((one) => one.name === volume?.name)?.mountPath ?? '';
      const files = env.filter((one) => one.name.endsWith('_FILE'));
      const keyOf = ({ value = '' }: { value?: string }) => value.replace(`${mount}/`, '');
      t.same(files.map(keyOf).sort(), Object.keys(example.stringData ?? {}).sort());
      for (const file of files) {
        const setting = file.name.replace(/_FILE$/, '');
        const given = { ...plainSettings(container), [setting]: example.stringData?.[keyOf(file)] };
        t.throws(() => readConfig({ ...imageSettings, ...given }), new RegExp(`- ${setting} must be`));
      }
    });

    await t.test('runs without rights and on a read-only file system, as the user of the image', async (t) => {
      const user = Number(/^USER (\d+):\1$/m.exec(await read('Dockerfile'))?.[1]);
      const identity = { runAsNonRoot: true, runAsUser: user, runAsGroup: user, fsGroup: user };
      t.match(pod.securityContext, { ...identity, seccompProfile: { type: 'RuntimeDefault' } });
      t.same(container.securityContext, {
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
      });
      t.match(pod, { automountServiceAccountToken: false, enableServiceLinks: false });
      t.match(find(resources, 'ServiceAccount', pod.serviceAccountName), { automountServiceAccountToken: false });
      for (const mount of container.volumeMounts ?? []) {
        const volume = pod.volumes?.find((one) => one.name === mount.name);
        t.ok(mount.readOnly === true ? volume?.secret : volume?.emptyDir, `${mount.mountPath} is what it looks like`);
      }
    });

    await t.test('asks for ports and paths that the service has', async (t) => {
      const { paths } = parse(await read('openapi.yaml')) as { paths: object };
      const probed = [container.startupProbe, container.livenessProbe, container.readinessProbe].map(
        (one) => one?.httpGet,
      );
      t.same(
        probed.map((one) => one?.path),
        ['/livez', '/livez', '/readyz'],
      );
      for (const one of probed) t.ok((one?.path ?? '') in paths);
      const metricsPort = env.find((one) => one.name === 'METRICS_PORT')?.value;
      const ports = Object.fromEntries(
        (container.ports ?? []).map((one) => [one.name ?? '', String(one.containerPort)]),
      );
      t.same(ports, { http: imageSettings.PORT, metrics: metricsPort });
      const asked = [
        ...probed.map((one) => one?.port),
        ...list(resources, 'Service').flatMap(({ spec }) => spec?.ports?.map((one) => one.targetPort)),
        ...(find(resources, 'NetworkPolicy', 'latchkey').spec?.ingress ?? []).flatMap(
          (rule) => rule.ports?.map((one) => one.port) ?? ['all of them'],
        ),
      ];
      for (const one of asked) t.ok(String(one) in ports, String(one));
    });

    await t.test('selects pods that there are', async (t) => {
      const pods: Record<string, string>[] = [
        deployment.spec?.template.metadata?.labels ?? {},
        // CloudNativePG labels its pods with the name of the cluster.
        ...list(resources, 'Cluster').map((one) => ({ 'cnpg.io/cluster': one.metadata.name })),
      ];
      const selectors = list(resources, 'Service').map(({ spec }) => spec?.selector ?? {});
      visit(
        resources.filter((one) => one.kind !== 'ServiceMonitor'),
        (object) => {
          // Pods of another namespace are not of these files.
          if (object.namespaceSelector !== undefined) return;
          for (const key of ['selector', 'podSelector', 'labelSelector']) {
            const { matchLabels } = (object[key] ?? {}) as { matchLabels?: Record<string, string> };
            if (matchLabels) selectors.push(matchLabels);
          }
        },
      );
      t.ok(selectors.length >= 8, `${selectors.length} selectors`);
      for (const labels of selectors) {
        const isMet = pods.some((one) => Object.entries(labels).every(([key, value]) => one[key] === value));
        t.ok(isMet && Object.keys(labels).length > 0, JSON.stringify(labels));
      }
    });

    await t.test('is one namespace, and the autoscaler keeps its deployment', async (t) => {
      const { metadata } = find(resources, 'Namespace');
      const others = resources.filter((one) => one.kind !== 'Namespace');
      for (const one of others) t.equal(one.metadata.namespace, metadata?.name, identify(one));
      const { spec } = find(resources, 'HorizontalPodAutoscaler');
      t.match(spec?.scaleTargetRef, { kind: 'Deployment', name: deployment.metadata?.name });
      t.equal(deployment.spec?.replicas, undefined, 'nothing else says how many there are');
    });

    await t.test('shows its metrics to Prometheus and to nobody else', async (t) => {
      const { spec } = find(resources, 'ServiceMonitor');
      const services = list(resources, 'Service').filter(({ metadata }) =>
        Object.entries(spec.selector.matchLabels).every(([key, value]) => metadata?.labels?.[key] === value),
      );
      t.same(
        services.map((one) => one.spec?.ports?.map((port) => port.name)),
        [spec.endpoints.map((one) => one.port)],
      );
      const job = services[0]?.metadata?.labels?.[spec.jobLabel];
      t.match(await read('docker/grafana/alerts.yaml'), `up{job="${job}"}`);
      const open = find(resources, 'NetworkPolicy', 'latchkey').spec?.ingress?.filter((rule) =>
        rule.ports?.some((one) => one.port === 'metrics'),
      );
      const monitoring = { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'monitoring' } } };
      t.same(
        open?.map((rule) => rule.from),
        [[monitoring]],
      );
    });

    await t.test('leaves time to stop', async (t) => {
      const seconds = container.lifecycle?.preStop?.sleep?.seconds ?? 0;
      t.ok(seconds > 0 && seconds + STOP_SECONDS < (pod.terminationGracePeriodSeconds ?? 0));
    });

    await t.test(
      'asks Postgres for no more connections than it takes, in the middle of a roll-out either',
      async (t) => {
        const { maxReplicas = 0 } = find(resources, 'HorizontalPodAutoscaler').spec ?? {};
        const starting = Number(deployment.spec?.strategy?.rollingUpdate?.maxSurge);
        const pool = Number(env.find((one) => one.name === 'DATABASE_POOL_MAX')?.value);
        const asked = (maxReplicas + starting) * (pool + CONNECTIONS_BESIDE_POOL) + starting;
        const [cluster] = list(resources, 'Cluster');
        const most = Number(cluster?.spec.postgresql.parameters.max_connections ?? MAX_CONNECTIONS);
        t.ok(asked <= most - KEPT - (cluster ? KEPT_BY_OPERATOR : 0), `${asked} connections of ${most}`);
      },
    );

    await t.test('runs this release', async (t) => {
      const { version } = JSON.parse(await read('package.json')) as { version: string };
      t.match(container.image, new RegExp(`^[^:]+/latchkey:${version}$`));
    });
  });
}

void t.test(
  'the service reaches the Postgres of CloudNativePG by its names, and trusts its authority alone',
  async (t) => {
    const { resources, container, pod } = await readOverlay('cloudnative-pg');
    const { metadata, spec } = find(resources, 'Cluster');
    const env = new Map(container.env?.map((one) => [one.name, one]));
    const url = new URL((env.get('DATABASE_URL')?.value ?? '').replace('$(POSTGRES_PASSWORD)', 'password'));
    const { database, owner } = spec.bootstrap.initdb;
    t.match(url, { hostname: `${metadata.name}-rw`, username: owner, pathname: `/${database}` });
    t.equal(env.get('POSTGRES_PASSWORD')?.valueFrom?.secretKeyRef?.name, `${metadata.name}-app`);
    const authority = pod.volumes?.find((one) => one.secret?.secretName === `${metadata.name}-ca`);
    t.same(authority?.secret?.items, [{ key: 'ca.crt', path: 'ca.crt' }], 'its key stays where it is');
    const mount = container.volumeMounts?.find((one) => one.name === authority?.name)?.mountPath;
    t.same(Object.fromEntries(url.searchParams), { sslmode: 'verify-full', sslrootcert: `${mount}/ca.crt` });
    t.match(spec.postgresql.pg_hba, ['hostnossl all all all reject']);
    t.match(spec.postgresql.synchronous, { dataDurability: 'required', failoverQuorum: true });
    t.ok(spec.instances > spec.postgresql.synchronous.number + 1, 'one server may be away');
  },
);

void t.test('a member that Kubernetes does not have is found, and so is a value of another type', async (t) => {
  const [service] = (await readYaml(join(manifests, 'base', 'service.yaml'))) as [Resource];
  const withSpec = (change: object) => ({ ...service, spec: { ...(service.spec as object), ...change } });
  t.match(findSchemaErrors([service, withSpec({ selecter: {} }), withSpec({ type: 1 })]), [/selecter/, /type/]);
});
