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
].map(fileOf);

/** Folders that are about what the server does. */
const SQL = ['db'];
/** Files elsewhere in which several at once want the same. */
const AT_ONCE = /(?:races|concurrent|contested|one-winner|lock-order|batch-turns)/;
/** The same of those whose names tell something else: one waits for another, or reads while another writes. */
const WAITING = [
  'changes/audit-append',
  'changes/change-runner',
  'mail/outbox-stop',
  'plugins/safe-retries-races',
  'resources/second-factor/verify-second-factor',
  'resources/verify/verify-revocation',
  'secrets/last-used',
  'secrets/peppers',
  'secrets/remembered-states',
  'secrets/replica-keeper',
  'secrets/secret-repository',
  'secrets/state-reader',
  'secrets/store',
  'tokens/access-token-keys',
  'tokens/key-ring',
  'tokens/planted-keys',
  'tokens/replace-signing-keys',
].map(fileOf);
/**
 * With those the files that send every other statement: of all files, these are the ones with the most of them for the least
 * time, by what `pg_stat_statements` counted file by file.
 */
const STATEMENTS = [
  'identity/trusted-users',
  'mail/outbox-delivery',
  'mail/outbox-failures',
  'master-key/key-check',
  'master-key/reseal',
  'resources/accounts/sessions',
  'resources/accounts/verify-email',
  'resources/api-clients/check-redirect-url',
  'resources/api-clients/list-api-clients',
  'resources/api-clients/primary-client',
  'resources/api-clients/searches',
  'resources/api-clients/update-api-client',
  'resources/applications/update-application',
  'resources/audit-events/audit-retention',
  'resources/audit-events/list-audit-events',
  'resources/client-transfer/import-api-clients',
  'resources/client-transfer/moving-in-page',
  'resources/console-session/console-second-factor',
  'resources/credential-policy/policy-violations',
  'resources/credential-policy/second-factor-required',
  'resources/credential-policy/unused-pause',
  'resources/expiry/expiry',
  'resources/invitations/pending',
  'resources/members/list-members',
  'resources/oauth/last-used',
  'resources/organizations/get-organization',
  'resources/second-factor/passkeys',
  'resources/second-factor/recovery-codes',
  'resources/second-factor/totp',
  'resources/secrets/list-secrets',
  'resources/secrets/regenerate-secret',
  'resources/secrets/revoke-secret',
  'resources/usage/usage',
  'resources/usage/usage-recorder',
  'resources/verify/verify',
  'security/tenant-repositories',
  'tokens/access-token-algorithms',
  'tokens/access-token-reader',
  'tokens/access-tokens',
  'tokens/audit-heads',
  'tokens/key-reports',
].map(fileOf);

/** `oauth` lies in `resources`; a file of `test` itself in `test`. */
export function roomOf(file: string): string {
  return dirname(file).split('/')[1] ?? 'test';
}

/** Whether a file is about SQL at all. */
export function speaksSql(file: string): boolean {
  return !WITHOUT_SQL.includes(roomOf(file)) && !FILES_WITHOUT_SQL.includes(file);
}

/** Whether it is one of those that together send every statement, or in which several want the same or wait. */
export function provesStatements(file: string): boolean {
  if (STATEMENTS.includes(file) || WAITING.includes(file)) return true;
  return speaksSql(file) && (SQL.includes(roomOf(file)) || AT_ONCE.test(file));
}

function fileOf(name: string): string {
  return join('test', `${name}.test.ts`);
}
