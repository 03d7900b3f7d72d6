import { readFile } from 'node:fs/promises';
import t from 'tap';
import { renderSettingsTable } from '../../scripts/settings-table.ts';
import { readConfig } from '../../src/settings/config.ts';
import { settings } from '../../src/settings/settings.ts';

void t.test('the defaults are the documented ones', async (t) => {
  t.same(readConfig({}), {
    host: '127.0.0.1',
    port: 3000,
    metricsPort: undefined,
    metricsHost: '127.0.0.1',
    keepAliveTimeoutSeconds: 72,
    publicUrl: 'http://localhost:3000',
    databaseUrl: undefined,
    databaseReadUrl: undefined,
    replicaLeaseSeconds: 3,
    databasePoolMax: 10,
    hasPreparedStatements: true,
    dataDir: './data',
    masterKeys: undefined,
    smtpUrl: undefined,
    mailFrom: { name: 'Latchkey', address: 'no-reply@localhost' },
    permissions: [
      { name: 'api.read', description: 'Read data through the API' },
      { name: 'api.write', description: 'Create and change data through the API' },
      { name: 'flows.execute', description: 'Start and run flows' },
    ],
    quotas: { organizations: 20, applications: 100, api_clients: 10_000, members: 1_000, pending_invitations: 100 },
    secretPrefix: 'lk',
    adminTokenTtlSeconds: 86_400,
    accessTokenAlgorithm: 'RS256',
    accessTokenTtlSeconds: 900,
    accessTokenAudiences: ['http://localhost:3000'],
    resourceServers: [],
    adminResourceServers: [],
    refreshTokenTtlSeconds: 2_592_000,
    trustedIssuer: undefined,
    isTrustedUserMade: false,
    isTrustedOnly: false,
    isConsoleEnabled: true,
    consoleSessionIdleSeconds: 43_200,
    consoleSessionTtlSeconds: 604_800,
    passwordCost: { memoryKib: 19_456, passes: 2, parallelism: 1 },
    secretCost: { memoryKib: 64, passes: 1, parallelism: 1 },
    corsOrigins: [],
    trustProxy: [],
    isRateLimitEnabled: true,
    logLevel: 'info',
    logAcceptedChecks: 1,
    otlpEndpoint: undefined,
    isProduction: false,
  });
  t.same(readConfig({ PORT: '8080' }).publicUrl, 'http://localhost:8080');
  t.same(readConfig({ PUBLIC_URL: 'https://id.example.com' }).accessTokenAudiences, ['https://id.example.com']);
  t.ok(Object.isFrozen(readConfig({})));
});

void t.test('the README has the table of settings', async (t) => {
  const readme = await readFile(new URL('../../README.md', import.meta.url), 'utf8');
  t.ok(readme.includes(`<!-- settings -->\n${renderSettingsTable()}\n<!-- /settings -->`));
  for (const name of Object.keys(settings)) t.match(renderSettingsTable(), `| \`${name}\` | `);
});
