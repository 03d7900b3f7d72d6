import { randomBytes } from 'node:crypto';
import t from 'tap';
import { readConfig } from '../../src/settings/config.ts';
import { problemsOf } from '../support/settings.ts';

void t.test('a trusted issuer and its audience go together', async (t) => {
  const issuer = { LATCHKEY_TRUSTED_ISSUER: 'https://issuer.example/realms/a' };
  const audience = { LATCHKEY_TRUSTED_AUDIENCE: 'latchkey' };
  t.same(readConfig({ ...issuer, ...audience }).trustedIssuer, {
    issuer: 'https://issuer.example/realms/a',
    audience: 'latchkey',
  });
  for (const env of [issuer, audience]) {
    t.match(problemsOf(env), [/^LATCHKEY_TRUSTED_ISSUER and LATCHKEY_TRUSTED_AUDIENCE go together/]);
  }
});

void t.test('the metrics cannot have the port of the service and their own at once', async (t) => {
  const problem = 'METRICS_PORT must be another port than PORT';
  t.same(problemsOf({ METRICS_PORT: '3000' }), [problem]);
  t.same(problemsOf({ METRICS_PORT: '8080', PORT: '8080' }), [problem]);
  t.match(readConfig({ METRICS_PORT: '0', PORT: '0' }), { metricsPort: 0, port: 0 });
});

void t.test('a database of one’s own needs a master key, and production needs both', async (t) => {
  const database = { DATABASE_URL: 'postgres://db/latchkey' };
  const masterKey = { LATCHKEY_MASTER_KEY: randomBytes(32).toString('base64') };
  const production = { NODE_ENV: 'production' };
  t.match(problemsOf(database), [/^LATCHKEY_MASTER_KEY is required .* make one with: node -e /]);
  t.match(problemsOf({ ...production, ...masterKey }), [/^DATABASE_URL is required with NODE_ENV=production/]);
  t.match(problemsOf(production), [/^DATABASE_URL is required/, /^LATCHKEY_MASTER_KEY is required/]);
  t.match(readConfig({ ...production, ...database, ...masterKey }), { isProduction: true });
  t.match(readConfig({ ...production, ...database }, { isMasterKeyRequired: false }), { masterKeys: undefined });
  t.same(readConfig(masterKey).databaseUrl, undefined);
});

void t.test('a database that may be a standby is refused, whatever else the URL says', async (t) => {
  for (const kind of ['any', 'standby', 'prefer-standby', 'read-only', 'hunter2']) {
    const url = `postgres://u:hunter2@db/x?target_session_attrs=${kind}`;
    const problems = problemsOf({ DATABASE_URL: url, LATCHKEY_MASTER_KEY: randomBytes(32).toString('base64') });
    t.same(problems, [
      'DATABASE_URL must have a target_session_attrs of read-write or primary: a standby takes no writes',
    ]);
  }
});
