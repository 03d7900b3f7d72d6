// Which test files say something about the server of `DATABASE_URL`.
import { dirname, join } from 'node:path';

/**
 * Folders that say nothing about it: pure rules, files of the repository, and what runs on a
 * Postgres of its own. What reaches the database through clients, gateways, parsers, commands and whole processes is
 * asked of it elsewhere: by the folders of what speaks SQL.
 */
const WITHOUT_SQL = [
  'test',
  'bench',
  'cli',
  'client',
  'cluster',
  'console',
  'docker',
  'embedded',
  'gateway',
  'generated',
  'http',
  'image',
  'metrics',
  'operations',
  'plugins',
  'rules',
  'security',
  'server',
  'settings',
  'telemetry',
];
/** Files elsewhere that say nothing about it either: what is done before a statement is sent, or whatever it answers. */
const FILES_WITHOUT_SQL = [
  'identity/token-presentation',
  'identity/trusted-issuer',
  'mail/messages',
  'mail/plain-names',
  'mail/slow-server',
  'mail/transport',
  'master-key/master-key',
  'resources/accounts/no-oracle',
  'resources/accounts/rate-limits',
  'resources/accounts/refusals',
  'resources/api-clients/allowed-ips',
  'resources/oauth/client-authentication',
  'resources/oauth/metadata',
  'resources/oauth/real-clients',
  'resources/oauth/unavailable',
  'resources/verify/verify-overload',
  'resources/verify/verify-refusal-reason',
  'resources/verify/verify-refusals',
  'secrets/argon2-gate',
  'secrets/batched-reader',
  'secrets/comparer',
  'secrets/hasher',
  'secrets/match-memo',
  'secrets/pool-priority',
  'secrets/secret-format',
  'tokens/clocks',
  'tokens/jwks',
  'tokens/signing-thread',
  'tokens/token-claims',
  'tokens/token-forgery',
].map((name) => join('test', `${name}.test.ts`));

/** Folders that are about what the server does. */
const SQL = ['changes', 'db', 'master-key', 'secrets', 'tokens'];
/** Files elsewhere in which several at once want the same. */
const AT_ONCE = /(?:races|concurrent|contested|one-winner|lock-order|batch-turns)/;
/**
 * With those the files that send every other statement: of all files, these are the ones with the most of them for the least
 * time, by what `pg_stat_statements` counted file by file. To these come all operations with every kind of caller.
 */
const STATEMENTS = [
  'generated/generated-requests',
  'identity/trusted-users',
  'mail/outbox-delivery',
  'mail/outbox-failures',
  'mail/outbox-stop',
  'resources/accounts/sessions',
  'resources/accounts/verify-email',
  'resources/api-clients/check-redirect-url',
  'resources/api-clients/list-api-clients',
  'resources/api-clients/primary-client',
  'resources/api-clients/update-api-client',
  'resources/applications/update-application',
  'resources/audit-events/audit-retention',
  'resources/audit-events/list-audit-events',
  'resources/audit-events/security-events',
  'resources/client-transfer/import-api-clients',
  'resources/client-transfer/import-stream',
  'resources/client-transfer/moving-in-page',
  'resources/console-session/console-second-factor',
  'resources/credential-policy/policy-violations',
  'resources/credential-policy/second-factor-required',
  'resources/credential-policy/unused-pause',
  'resources/expiry/expiry',
  'resources/invitations/pending',
  'resources/members/list-members',
  'resources/members/mcp-replay',
  'resources/oauth/last-used',
  'resources/organizations/get-organization',
  'resources/organizations/update-organization',
  'resources/second-factor/passkeys',
  'resources/second-factor/recovery-codes',
  'resources/second-factor/totp',
  'resources/second-factor/verify-second-factor',
  'resources/secrets/list-secrets',
  'resources/secrets/record-versions',
  'resources/secrets/revoke-secret',
  'resources/usage/usage-recorder',
  'resources/verify/verify',
  'resources/verify/verify-revocation',
  'security/role-matrix',
].map((name) => join('test', `${name}.test.ts`));

/** `oauth` lies in `resources`; a file of `test` itself in `test`. */
export function roomOf(file: string): string {
  return dirname(file).split('/')[1] ?? 'test';
}

/** Whether a file is about SQL at all. */
export function speaksSql(file: string): boolean {
  return !WITHOUT_SQL.includes(roomOf(file)) && !FILES_WITHOUT_SQL.includes(file);
}

/** Whether it is one of those that together send every statement, and want the same at the same time. */
export function provesStatements(file: string): boolean {
  if (STATEMENTS.includes(file)) return true;
  return speaksSql(file) && (SQL.includes(roomOf(file)) || AT_ONCE.test(file));
}
