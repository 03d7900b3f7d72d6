import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run as runCommand } from './embedded-service.ts';
import { run } from './gateway.ts';
import type { GatewayName } from './gateway.ts';

const root = join(import.meta.dirname, '..', '..');

interface Teardown {
  teardown(handler: () => Promise<void>): unknown;
}

interface EdgeOptions {
  name: GatewayName;
  /** An empty directory for all that it writes. */
  dir: string;
  host: string;
  port: number;
  /** Where Latchkey listens: `127.0.0.1:…`. */
  instances: string[];
}

/**
 * Runs a proxy that ends TLS before instances of Latchkey, as docs/operations.md says it is done; only addresses and the
 * certificate, which is signed by itself, are its own.
 * @returns ends it
 */
export async function startEdge(t: Teardown, options: EdgeOptions): Promise<() => Promise<void>> {
  const { name, dir, host, port } = options;
  await mkdir(dir);
  const [certificate, key] = [join(dir, 'certificate.pem'), join(dir, 'key.pem')];
  const made = ['-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-noenc', '-subj', `/CN=${host}`];
  await runCommand('openssl', [
    'req',
    ...made,
    '-addext',
    `subjectAltName=DNS:${host}`,
    '-keyout',
    key,
    '-out',
    certificate,
  ]);
  const config = join(dir, name === 'nginx' ? 'nginx.conf' : 'Caddyfile');
  await writeFile(config, await (name === 'nginx' ? nginxOf : caddyOf)(options, { certificate, key }));
  const env = { HOME: dir, XDG_CONFIG_HOME: dir, XDG_DATA_HOME: dir };
  return name === 'nginx'
    ? run(t, { command: 'nginx', args: ['-p', dir, '-c', config, '-e', 'stderr'], env }, port)
    : run(t, { command: 'caddy', args: ['run', '--adapter', 'caddyfile', '--config', config], env }, port);
}

interface Pair {
  certificate: string;
  key: string;
}

/** `docker/nginx.conf`, whose `server` listens with TLS. */
async function nginxOf({ dir, port, instances }: EdgeOptions, { certificate, key }: Pair): Promise<string> {
  const shipped = await readFile(join(root, 'docker', 'nginx.conf'), 'utf8');
  const servers = instances.map((address) => `server ${address} max_fails=1 fail_timeout=1s;`);
  const tls = `listen 127.0.0.1:${port} ssl; ssl_certificate ${certificate}; ssl_certificate_key ${key};`;
  const config = shipped
    .replace('worker_processes auto;', 'daemon off; master_process off;')
    .replaceAll('/tmp/', `${dir}/`)
    .replace(/^ *server latchkey-1:3000.*$/m, servers.join('\n'))
    .replace(/^ *server latchkey-2:3000.*$/m, '')
    // The sample upstream beside it.
    .replace('include /etc/nginx/gateway.conf;', '')
    .replace('listen 3000;', tls);
  if (!config.includes(tls) || /latchkey-\d/.test(config)) throw new Error('docker/nginx.conf is not what it was');
  return config;
}

/** The lines of docs/operations.md. */
async function caddyOf({ dir, host, port, instances }: EdgeOptions, { certificate, key }: Pair): Promise<string> {
  const guide = await readFile(join(root, 'docs', 'operations.md'), 'utf8');
  const [lines] = /^ *latchkey\.acme\.example \{\n[^}]*\}/m.exec(guide) ?? [];
  if (lines === undefined) throw new Error('docs/operations.md has no lines for Caddy');
  const site = lines
    .replace('latchkey.acme.example {', `https://${host}:${port} {\n\ttls ${certificate} ${key}`)
    .replace('127.0.0.1:3000', instances.join(' '));
  return `{\n\tadmin off\n\tauto_https disable_redirects\n\tstorage file_system ${dir}/storage\n}\n${site}\n`;
}
