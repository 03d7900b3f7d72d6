import { randomBytes } from 'node:crypto';
import Fastify from 'fastify';
import t from 'tap';
import { readConfig } from '../../src/settings/config.ts';
import { settings } from '../../src/settings/settings.ts';
import type { Config } from '../../src/settings/config.ts';
import { defaultQuotas } from '../../src/rules/quotas.ts';
import { problemsOf } from '../support/settings.ts';

type Name = keyof typeof settings;

/** Every setting: texts it takes with the value they stand for, and texts it refuses. */
interface Case {
  key: keyof Config;
  accepted: [text: string, value: unknown][];
  refused: string[];
}

const [key, oldKey] = [randomBytes(32), randomBytes(32)];
const base64 = (bytes: Buffer) => bytes.toString('base64');
const client = 'abcdefghijklmnopqrstu_';
const cost = (memoryKib: number, passes: number, parallelism: number) => ({ memoryKib, passes, parallelism });

const cases: Record<Name, Case> = {
  HOST: { key: 'host', accepted: [['0.0.0.0', '0.0.0.0']], refused: [] },
  PORT: {
    key: 'port',
    accepted: [
      ['0', 0],
      ['65535', 65_535],
    ],
    refused: ['-1', '65536', '80.5', '0x50', '1e3', ' 80', 'http', '99999999999'],
  },
  METRICS_PORT: {
    key: 'metricsPort',
    accepted: [
      ['0', 0],
      ['9464', 9464],
      ['65535', 65_535],
    ],
    refused: ['-1', '65536', '94.64', ' 9464', 'none'],
  },
  METRICS_HOST: { key: 'metricsHost', accepted: [['0.0.0.0', '0.0.0.0']], refused: [] },
  KEEP_ALIVE_TIMEOUT_SECONDS: {
    key: 'keepAliveTimeoutSeconds',
    accepted: [
      ['1', 1],
      ['620', 620],
    ],
    refused: ['0', '-1', '72.5', '3601', '1e2', 'never'],
  },
  PUBLIC_URL: {
    key: 'publicUrl',
    accepted: [
      ['https://id.example.com', 'https://id.example.com'],
      ['http://127.0.0.1:3000/', 'http://127.0.0.1:3000'],
      ['http://[::1]:3000', 'http://[::1]:3000'],
    ],
    refused: ['id.example.com', 'https://id.example.com/path', 'https://u:p@id.example.com', 'ftp://x', 'https://x?y'],
  },
  DATABASE_URL: {
    key: 'databaseUrl',
    accepted: [
      ['postgres://u:p%40ss@db:5432/latchkey?sslmode=require', 'postgres://u:p%40ss@db:5432/latchkey?sslmode=require'],
      ['postgresql://db/latchkey', 'postgresql://db/latchkey'],
      ['postgres://u:p@a:5432,b,[::1]:5433/latchkey', 'postgres://u:p@a:5432,b,[::1]:5433/latchkey'],
      ['postgres://u@a,b/x?target_session_attrs=primary', 'postgres://u@a,b/x?target_session_attrs=primary'],
    ],
    refused: [
      ...['hunter2', 'mysql://u:hunter2@db/x', 'postgres://', 'postgres://u:100%@db/x', 'postgres://u:%zz@db/x'],
      // Read as they stand, these have the head of the password for their host or port.
      ...['postgres://u:12#hunter2@db/x', 'postgres://u:12?hunter2@db/x', 'postgres://u:12/hunter2@db/x'],
      ...['postgres://u:hunter#2@db/x', 'postgres://u:p@db/x#hunter2', 'postgres://u:p@a,,b/x', 'postgres://u:p@/x'],
    ],
  },
  DATABASE_READ_URL: {
    key: 'databaseReadUrl',
    accepted: [['postgres://r@a,b/x', 'postgres://r@a,b/x']],
    refused: ['hunter2', 'mysql://u:hunter2@db/x', 'postgres://u:12#hunter2@db/x'],
  },
  REPLICA_LEASE_SECONDS: { key: 'replicaLeaseSeconds', accepted: [['60', 60]], refused: ['0', '61', '1.5', 'long'] },
  DATABASE_POOL_MAX: {
    key: 'databasePoolMax',
    accepted: [
      ['2', 2],
      ['200', 200],
    ],
    refused: ['1', '201', 'many'],
  },
  DATABASE_PREPARED_STATEMENTS: {
    key: 'hasPreparedStatements',
    accepted: [
      ['true', true],
      ['false', false],
    ],
    refused: ['1', 'yes', 'TRUE', 'off'],
  },
  LATCHKEY_DATA_DIR: { key: 'dataDir', accepted: [['/var/lib/latchkey', '/var/lib/latchkey']], refused: [] },
  LATCHKEY_MASTER_KEY: {
    key: 'masterKeys',
    accepted: [
      [base64(key), [key]],
      [`${base64(key)}, ${base64(oldKey)}`, [key, oldKey]],
    ],
    refused: [
      'hunter2',
      base64(key.subarray(1)),
      base64(Buffer.concat([key, key])),
      base64(key).slice(0, -1),
      `${base64(key)},`,
      `${base64(key)} ${base64(oldKey)}`,
      `*${base64(key)}`,
      key.toString('hex'),
    ],
  },
  SMTP_URL: {
    key: 'smtpUrl',
    accepted: [
      ['smtp://u:p@mail:587', 'smtp://u:p@mail:587'],
      ['smtps://mail', 'smtps://mail'],
    ],
    refused: [
      ...['smtp://u:12#hunter2@mail', 'smtp://u:12?hunter2@mail', 'smtps://u:12/hunter2@mail'],
      'hunter2',
      'https://mail',
      'smtp://',
      'smtp://u:100%@mail',
    ],
  },
  MAIL_FROM: {
    key: 'mailFrom',
    accepted: [
      ['a@b.example', { name: '', address: 'a@b.example' }],
      ['<a@b.example>', { name: '', address: 'a@b.example' }],
      ['Acme Accounts <a@b.example>', { name: 'Acme Accounts', address: 'a@b.example' }],
      ['Acme: Support <a@b.example>', { name: 'Acme: Support', address: 'a@b.example' }],
      ['"Acme, \\"Inc.\\"" <a@b.example>', { name: 'Acme, "Inc."', address: 'a@b.example' }],
    ],
    refused: ['Acme', 'a@b, c@d', '<a@b> <c@d>', 'Acme <a>', 'Acme\r\nBcc: x <a@b>', 'Acme: a@b;', 'a@b <c@d', '"x"@b'],
  },
  LATCHKEY_PERMISSIONS: {
    key: 'permissions',
    accepted: [
      ['[{"name":"a.b:c-d_1","description":""}]', [{ name: 'a.b:c-d_1', description: '' }]],
      [
        '[{"name":"b","description":"B"},{"name":"a","description":"A"}]',
        [
          { name: 'b', description: 'B' },
          { name: 'a', description: 'A' },
        ],
      ],
    ],
    refused: [
      'api.read',
      '[]',
      '{}',
      'null',
      '[null]',
      '["a"]',
      '[{"name":"a"}]',
      '[{"name":"a b","description":""}]',
      '[{"name":"","description":""}]',
      '[{"name":1,"description":""}]',
      '[{"name":"a","description":1}]',
      '[{"name":"a","description":"","extra":1}]',
      '[{"name":"a","description":""},{"name":"a","description":"again"}]',
      `[{"name":"${'a'.repeat(65)}","description":""}]`,
      `[{"name":"a","description":"${'a'.repeat(501)}"}]`,
      JSON.stringify(Array.from({ length: 101 }, (_, index) => ({ name: `p${index}`, description: '' }))),
    ],
  },
  LATCHKEY_QUOTAS: {
    key: 'quotas',
    accepted: [['{"organizations":0}', { ...defaultQuotas, organizations: 0 }]],
    refused: [
      '100',
      'null',
      '[]',
      '{',
      '{"x":1}',
      '{"toString":1}',
      '{"members":-1}',
      '{"members":1.5}',
      '{"members":1e7}',
    ],
  },
  LATCHKEY_SECRET_PREFIX: {
    key: 'secretPrefix',
    accepted: [
      ['ab', 'ab'],
      ['a123456789', 'a123456789'],
    ],
    refused: ['a', 'a1234567890', '1a', 'Ab', 'a_b', 'a-b'],
  },
  ADMIN_TOKEN_TTL_SECONDS: { key: 'adminTokenTtlSeconds', accepted: [['60', 60]], refused: ['59', '604801', '1h'] },
  ACCESS_TOKEN_TTL_SECONDS: { key: 'accessTokenTtlSeconds', accepted: [['60', 60]], refused: ['59', '86401', '1h'] },
  ACCESS_TOKEN_ALGORITHM: {
    key: 'accessTokenAlgorithm',
    accepted: [
      ['RS256', 'RS256'],
      ['ES256', 'ES256'],
      ['EdDSA', 'EdDSA'],
    ],
    refused: ['es256', 'Ed25519', 'ES384', 'HS256', 'none', 'RS256,ES256'],
  },
  ACCESS_TOKEN_AUDIENCE: {
    key: 'accessTokenAudiences',
    accepted: [
      ['urn:api', ['urn:api']],
      ['https://a.example, urn:b', ['https://a.example', 'urn:b']],
    ],
    refused: [],
  },
  LATCHKEY_ADMIN_RESOURCE_SERVERS: {
    key: 'adminResourceServers',
    accepted: [[`${client},${client}`, [client, client]]],
    refused: ['ab', 'import'],
  },
  LATCHKEY_RESOURCE_SERVERS: {
    key: 'resourceServers',
    accepted: [
      [client, [client]],
      [` ${client} ,, ${client} `, [client, client]],
    ],
    refused: ['ab', '../x', 'x'.repeat(129), `${client};${client}`, `*${client.slice(1)}`],
  },
  REFRESH_TOKEN_TTL_SECONDS: { key: 'refreshTokenTtlSeconds', accepted: [['300', 300]], refused: ['299', '31536001'] },
  CONSOLE_ENABLED: { key: 'isConsoleEnabled', accepted: [['false', false]], refused: ['0', 'no'] },
  CONSOLE_SESSION_IDLE_SECONDS: {
    key: 'consoleSessionIdleSeconds',
    accepted: [['300', 300]],
    refused: ['299', '2592001'],
  },
  CONSOLE_SESSION_TTL_SECONDS: {
    key: 'consoleSessionTtlSeconds',
    accepted: [['300', 300]],
    refused: ['299', '2592001'],
  },
  LATCHKEY_TRUSTED_ISSUER: {
    key: 'trustedIssuer',
    accepted: [],
    refused: ['issuer', 'file:///etc/passwd', 'https://'],
  },
  LATCHKEY_TRUSTED_JIT: { key: 'isTrustedUserMade', accepted: [['true', true]], refused: ['1'] },
  LATCHKEY_TRUSTED_ONLY: { key: 'isTrustedOnly', accepted: [['true', true]], refused: ['1'] },
  LATCHKEY_TRUSTED_AUDIENCE: { key: 'trustedIssuer', accepted: [], refused: [] },
  LATCHKEY_PASSWORD_COST: {
    key: 'passwordCost',
    accepted: [
      ['19456,2,1', cost(19_456, 2, 1)],
      ['1048576,3,4', cost(1_048_576, 3, 4)],
    ],
    refused: ['19455,2,1', '19456,1,1', '19456,2,0', '1048577,2,1', '19456', '19456,2,1,1', '19456, 2, 1', 'high'],
  },
  LATCHKEY_SECRET_COST: {
    key: 'secretCost',
    accepted: [['64,1,1', cost(64, 1, 1)]],
    refused: ['63,1,1', '64,0,1', '64,1,0'],
  },
  CORS_ORIGINS: {
    key: 'corsOrigins',
    accepted: [
      ['https://a.example', ['https://a.example']],
      ['https://a.example, http://localhost:5173/', ['https://a.example', 'http://localhost:5173']],
      [',', []],
    ],
    refused: [
      '*',
      'https://*.a.example/x',
      'a.example',
      'null',
      'https://a.example/app',
      'https://a.example;https://b',
    ],
  },
  TRUST_PROXY: {
    key: 'trustProxy',
    accepted: [
      ['10.0.0.0/8, 192.0.2.1', ['10.0.0.0/8', '192.0.2.1']],
      ['::1,2001:db8::/32,fd00::/128', ['::1', '2001:db8::/32', 'fd00::/128']],
      ['10.0.0.1/32', ['10.0.0.1/32']],
      ['::ffff:10.0.0.1', ['::ffff:10.0.0.1']],
      ['10.0.0.0/1', ['10.0.0.0/1']],
    ],
    refused: [
      'true',
      'proxy.local',
      '10.0.0.0/33',
      '10.0.0.0/0',
      '10.0.0.0/08',
      '::/129',
      '10.0.0.0/8/8',
      '10.0.0',
      '/8',
    ],
  },
  RATE_LIMIT_ENABLED: {
    key: 'isRateLimitEnabled',
    accepted: [
      ['true', true],
      ['false', false],
    ],
    refused: ['1', 'yes', 'TRUE', 'off'],
  },
  AUDIT_RETENTION_DAYS: {
    key: 'auditRetentionDays',
    accepted: [
      ['1', 1],
      ['3650', 3650],
    ],
    refused: ['0', '-1', '36501', 'for ever'],
  },
  LOG_LEVEL: {
    key: 'logLevel',
    accepted: [
      ['trace', 'trace'],
      ['silent', 'silent'],
    ],
    refused: ['verbose', 'INFO'],
  },
  LOG_ACCEPTED_CHECKS: {
    key: 'logAcceptedChecks',
    accepted: [
      ['0', 0],
      ['0.01', 0.01],
      ['1', 1],
    ],
    refused: ['1.1', '2', '-0.5', '.5', '1e-2', 'half'],
  },
  OTEL_EXPORTER_OTLP_ENDPOINT: {
    key: 'otlpEndpoint',
    accepted: [
      ['http://127.0.0.1:4318', 'http://127.0.0.1:4318'],
      ['https://otel.example.com/intake/', 'https://otel.example.com/intake/'],
    ],
    refused: ['localhost:4318', 'grpc://otel.example.com', 'true', 'https://'],
  },
  NODE_ENV: {
    key: 'isProduction',
    accepted: [
      ['development', false],
      ['Production', false],
    ],
    refused: [],
  },
};

/** What makes a setting's text valid as far as the other settings go. */
const trusting = {
  LATCHKEY_TRUSTED_ISSUER: 'https://id.acme.example',
  LATCHKEY_TRUSTED_AUDIENCE: 'latchkey',
};

const companions: Partial<Record<Name, Record<string, string>>> = {
  DATABASE_URL: { LATCHKEY_MASTER_KEY: base64(key) },
  DATABASE_READ_URL: { DATABASE_URL: 'postgres://u:p@primary/x', LATCHKEY_MASTER_KEY: base64(key) },
  LATCHKEY_TRUSTED_ISSUER: { LATCHKEY_TRUSTED_AUDIENCE: 'latchkey' },
  LATCHKEY_TRUSTED_JIT: trusting,
  LATCHKEY_TRUSTED_ONLY: trusting,
};

for (const [name, { key: member, accepted, refused }] of Object.entries(cases) as [Name, Case][]) {
  void t.test(`${name}: what it takes and what it refuses`, async (t) => {
    const { [member]: fallback } = readConfig({});
    t.same(readConfig({ [name]: '' })[member], fallback, 'empty is unset');
    for (const [text, value] of accepted) {
      t.same(readConfig({ ...companions[name], [name]: text })[member], value, text);
    }
    const problems = refused.map((text) => {
      const [problem = 'accepted', ...more] = problemsOf({ ...companions[name], [name]: text });
      t.ok(problem.startsWith(`${name} must `), text);
      t.same(more, []);
      return problem;
    });
    t.ok(new Set(problems).size <= 1, 'what is said does not depend on the text, so it never repeats it');
  });
}

void t.test('secrets are known as such', async (t) => {
  const names = Object.entries(settings).filter(([, { isSecret }]) => isSecret);
  t.same(names.map(([name]) => name).sort(), ['DATABASE_READ_URL', 'DATABASE_URL', 'LATCHKEY_MASTER_KEY', 'SMTP_URL']);
});

void t.test('every proxy address that is taken is one the server understands', async (t) => {
  for (const [text] of cases.TRUST_PROXY.accepted) {
    const app = Fastify({ trustProxy: [...readConfig({ TRUST_PROXY: text }).trustProxy] });
    t.teardown(() => app.close());
    app.get('/', async (request) => request.ip);
    const { statusCode } = await app.inject({ url: '/', headers: { 'x-forwarded-for': '198.51.100.7' } });
    t.equal(statusCode, 200, text);
  }
});

void t.test('all that is wrong is named at once, in the order of the settings', async (t) => {
  const problems = problemsOf({ PORT: 'x', LOG_LEVEL: 'x', CORS_ORIGINS: 'x', NODE_ENV: 'production' });
  t.match(problems, [/^PORT /, /^CORS_ORIGINS /, /^LOG_LEVEL /, /^DATABASE_URL /, /^LATCHKEY_MASTER_KEY /]);
  t.throws(() => readConfig({ PORT: 'x' }), { message: `The settings are not valid:\n- ${problems[0] ?? ''}` });
});
