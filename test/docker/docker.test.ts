import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { parse } from 'yaml';
import { readConfig } from '../../src/settings/config.ts';
import { settings } from '../../src/settings/settings.ts';

const root = join(import.meta.dirname, '..', '..');
const read = (path: string) => readFile(join(root, path), 'utf8');

interface ComposeService {
  image: string;
  user?: string;
  read_only?: boolean;
  cap_drop?: string[];
  security_opt?: string[];
  environment?: Record<string, string>;
  secrets?: string[];
  networks: Record<string, { ipv4_address?: string }>;
}

interface ComposeFile {
  services: Record<string, ComposeService>;
  secrets: Record<string, { file: string }>;
}

/** With every variable at its default. */
async function readComposeFile(): Promise<ComposeFile> {
  const text = (await read('docker/compose.yaml')).replace(/\$\{\w+:-([^}]*)\}/g, '$1');
  return parse(text, { merge: true }) as ComposeFile;
}

void t.test('every container of the compose file runs without rights and on a read-only file system', async (t) => {
  const { services } = await readComposeFile();
  const imageUser = /^USER (\S+)$/m.exec(await read('Dockerfile'))?.[1];
  for (const [name, service] of Object.entries(services)) {
    t.match(service.user ?? imageUser, /^[1-9]\d*:[1-9]\d*$/, name);
    t.match(service, { read_only: true, cap_drop: ['ALL'], security_opt: ['no-new-privileges:true'] }, name);
  }
});

void t.test('the settings of the compose file are ones that the service takes', async (t) => {
  const { services } = await readComposeFile();
  const { environment = {} } = services['latchkey-1'] ?? {};
  const names = Object.keys(environment).map((name) => name.replace(/_FILE$/, ''));
  t.strictSame(
    names.filter((name) => !(name in settings)),
    [],
  );
  const { trustProxy } = readConfig(environment);
  t.same(trustProxy, [services.nginx?.networks.edge?.ipv4_address], 'nginx is the proxy that is trusted, and it alone');
});

void t.test(
  'the service is no superuser of its Postgres, and each instance shows Prometheus its metrics',
  async (t) => {
    const { services } = await readComposeFile();
    const { environment = {}, secrets = [] } = services.postgres ?? {};
    t.not(environment.POSTGRES_USER, 'latchkey');
    t.match(services['latchkey-1']?.secrets, ['database-url', 'master-key']);
    t.notOk(services['latchkey-1']?.secrets?.some((name) => secrets.includes(name)));
    const { scrape_configs } = parse(await read('docker/grafana/prometheus.yaml')) as {
      scrape_configs: { static_configs: { targets: string[] }[] }[];
    };
    const instances = Object.entries(services).filter(([name]) => /^latchkey-\d+$/.test(name));
    t.same(
      scrape_configs.flatMap(({ static_configs }) => static_configs.flatMap(({ targets }) => targets)),
      instances.map(([name, service]) => `${name}:${service.environment?.METRICS_PORT}`),
    );
    for (const [name, service] of instances) t.equal(service.environment?.METRICS_HOST, '0.0.0.0', name);
  },
);

void t.test('nginx balances over every instance', async (t) => {
  const { services } = await readComposeFile();
  const instances = Object.keys(services).filter((name) => /^latchkey-\d+$/.test(name));
  const balanced = [...(await read('docker/nginx.conf')).matchAll(/^ *server (\S+):3000 /gm)].map(([, name]) => name);
  t.same(balanced, instances);
  const addresses = instances.map((name) => services[name]?.networks.edge?.ipv4_address);
  t.equal(new Set(addresses).size, instances.length, 'each has an address of its own');
});

void t.test('each secret of the compose file is one that make-secrets.sh makes', async (t) => {
  const { services, secrets } = await readComposeFile();
  const made = [...(await read('docker/make-secrets.sh')).matchAll(/\| make (\S+)$/gm)].map(([, name]) => name);
  t.same(Object.keys(secrets).sort(), made.sort());
  for (const [name, { file }] of Object.entries(secrets)) t.equal(file, `./secrets/${name}`);
  const mounted = Object.values(services).flatMap((service) => service.secrets ?? []);
  t.same([...new Set(mounted)].sort(), Object.keys(secrets).sort());
});
