import type { FastifyInstance } from 'fastify';
import type { Db } from './db/client.ts';
import { CostlyReads } from './db/costly-reads.ts';
import type { DatabaseClock } from './db/database-clock.ts';
import type { Config } from './settings/config.ts';
import { createChangeRunner } from './changes/change-runner.ts';
import { idempotencyLeftovers } from './changes/idempotency-repository.ts';
import { createCursors } from './http/cursor.ts';
import { createMail } from './mail/create-mail.ts';
import type { OutboxTimes } from './mail/outbox-times.ts';
import type { MasterKey } from './master-key/master-key.ts';
import { createAccountService } from './resources/accounts/account-service.ts';
import { createLoginService } from './resources/accounts/login-service.ts';
import { createOwnAccountService } from './resources/accounts/own-account-service.ts';
import { createTryPassword } from './resources/accounts/password-attempts.ts';
import { createReauthentication } from './resources/accounts/reauthentication.ts';
import { createPasswordResetService } from './resources/accounts/password-reset-service.ts';
import { pendingLoginLeftovers } from './identity/pending-login-repository.ts';
import { createSessionRepository, sessionLeftovers } from './identity/session-repository.ts';
import type { ConsoleSessions } from './identity/console-sessions.ts';
import { createSessionService } from './identity/session-service.ts';
import { createConsoleDoor } from './resources/console-session/console-door.ts';
import { createConsoleSessionService } from './resources/console-session/console-session-service.ts';
import { createApiClientService } from './resources/api-clients/api-client-service.ts';
import { createApplicationService } from './resources/applications/application-service.ts';
import { createClientExportService } from './resources/client-transfer/client-export-service.ts';
import { createClientImportService } from './resources/client-transfer/client-import-service.ts';
import { createCredentialPolicyService } from './resources/credential-policy/credential-policy-service.ts';
import { createUnusedPause } from './resources/credential-policy/unused-pause.ts';
import { passkeyChallengeLeftovers } from './resources/second-factor/passkey-repository.ts';
import { createSecondFactors } from './resources/second-factor/create-second-factors.ts';
import { totpLeftovers } from './resources/second-factor/totp-repository.ts';
import { createSecretService } from './resources/secrets/secret-service.ts';
import { createInvitationAcceptance } from './resources/invitations/invitation-acceptance.ts';
import { invitationMailLeftovers } from './resources/invitations/invitation-mail-repository.ts';
import { invitationLeftovers } from './resources/invitations/invitation-repository.ts';
import { createInvitationService } from './resources/invitations/invitation-service.ts';
import { createMemberService } from './resources/members/member-service.ts';
import { createOrganizationService } from './resources/organizations/organization-service.ts';
import { createAuditEventService } from './resources/audit-events/audit-event-service.ts';
import { createOAuthService } from './resources/oauth/oauth-service.ts';
import { createVerifyService } from './resources/verify/verify-service.ts';
import { createUsageRepository, usageLeftovers } from './resources/usage/usage-repository.ts';
import { UsageRecorder } from './resources/usage/usage-recorder.ts';
import { createUsageService } from './resources/usage/usage-service.ts';
import type { LastUsedRecorder } from './secrets/last-used.ts';
import { consoleCookieOf } from './rules/console-cookie.ts';
import { stateChangeLeftovers } from './secrets/state-queries.ts';
import { statePromiseLeftovers } from './secrets/promise-repository.ts';
import { createSecrets } from './secrets/create-secrets.ts';
import type { ChecksDatabase } from './secrets/create-secrets.ts';
import { createAuditHeads } from './tokens/audit-heads.ts';
import type { SecretCheck } from './secrets/secret-decision.ts';
import { createAccessTokens } from './tokens/access-tokens.ts';
import type { TokenCheck } from './tokens/access-tokens.ts';
import type { KeyRing } from './tokens/key-ring.ts';
import { createRevokedTokenRepository, revokedTokenLeftovers } from './tokens/revoked-token-repository.ts';
import { waitAtMost } from './wait-at-most.ts';
import type { Leftovers } from './db/leftovers.ts';
import { codeLeftovers } from './resources/accounts/one-time-code-repository.ts';
import { loginFailureLeftovers } from './resources/accounts/login-failure-repository.ts';
import { loginSourceLeftovers } from './resources/accounts/login-source-repository.ts';
import { registrationLeftovers } from './resources/accounts/registration-repository.ts';
import { createExpiry } from './resources/expiry/expiry-service.ts';
import { expiryNoticeLeftovers } from './resources/expiry/expiry-notice-repository.ts';
import { secretLeftovers } from './secrets/secret-repository.ts';
import { accessTokenKeyLeftovers, signingKeyLeftovers } from './tokens/signing-key-repository.ts';

/** Part of the ten seconds a stop has: a database that is stuck must not use them up. */
const WRITES_STOP_TIMEOUT_MS = 3_000;

/** What each repository has that nobody can use any more. */
export const leftovers: readonly Leftovers[] = [
  registrationLeftovers,
  ...codeLeftovers,
  ...loginFailureLeftovers,
  loginSourceLeftovers,
  ...sessionLeftovers,
  invitationLeftovers,
  invitationMailLeftovers,
  pendingLoginLeftovers,
  totpLeftovers,
  passkeyChallengeLeftovers,
  ...idempotencyLeftovers,
  secretLeftovers,
  expiryNoticeLeftovers,
  revokedTokenLeftovers,
  stateChangeLeftovers,
  statePromiseLeftovers,
  usageLeftovers,
  signingKeyLeftovers,
  accessTokenKeyLeftovers,
];

export type Services = ReturnType<typeof createServices>;

/** What the services stand on. */
export interface ServiceOptions extends Pick<FastifyInstance, 'log' | 'metrics' | 'signAdminToken' | 'readAdminToken'> {
  db: Db;
  checks: ChecksDatabase;
  config: Config;
  masterKey: MasterKey;
  keyRing: KeyRing;
  clock: DatabaseClock;
  mailTimes: Partial<OutboxTimes>;
  sessionUses: LastUsedRecorder;
  consoleSessions: ConsoleSessions;
  /** Whether the service has begun to stop. */
  isStopping: () => boolean;
}

/** Makes everything behind the routes. Nothing runs before `start`, and `stop` ends it while the database is still there. */
export function createServices(options: ServiceOptions) {
  const { db, checks, log, metrics, signAdminToken, readAdminToken, config, masterKey, keyRing, clock, mailTimes } =
    options;
  const { sessionUses, consoleSessions, isStopping } = options;
  const { permissions, quotas, publicUrl, adminTokenTtlSeconds, refreshTokenTtlSeconds } = config;

  const { onSecretCheck, onTokenCheck } = metrics.checks;
  const usage = new UsageRecorder({ repository: createUsageRepository(db), clock, log });
  const countRefused = (check: SecretCheck | TokenCheck) => {
    if (!check.isValid && check.clientId !== undefined) usage.refuse(check.clientId);
  };
  const onCheck = (check: SecretCheck) => {
    onSecretCheck(check);
    countRefused(check);
  };
  const figures = { states: metrics.states, near: metrics.near, onCheck, watchGate: metrics.watchGate };
  const { hasher, states, near, lastUsed, pace, store, importedKeys } = createSecrets({
    db,
    checks,
    clock,
    log,
    figures,
    config,
    masterKey,
  });
  const accessTokens = createAccessTokens({
    keyRing,
    clock,
    states,
    near,
    pace,
    issuer: publicUrl,
    audiences: config.accessTokenAudiences,
    ttlSeconds: config.accessTokenTtlSeconds,
    onCheck: (check) => {
      onTokenCheck(check);
      countRefused(check);
    },
  });
  const { transport, outbox } = createMail({ db, log, figures: metrics.mails, config, masterKey, times: mailTimes });

  const changes = createChangeRunner({ db, masterKey, log });
  const costlyReads = new CostlyReads();
  const unusedPause = createUnusedPause({ db, changes, outbox, log, publicUrl });
  const expiry = createExpiry({ db, changes, outbox, log, publicUrl });
  const sessions = createSessionService({
    changes,
    masterKey,
    signAdminToken,
    adminTokenTtlSeconds,
    refreshTokenTtlSeconds,
    uses: sessionUses,
  });
  const tryPassword = createTryPassword({ db, changes, log, hasher, outbox, publicUrl });
  const logins = createLoginService({ tryPassword });
  const consoleLogins = createConsoleSessionService({ db, changes, consoleSessions });
  return {
    start() {
      near?.start();
      lastUsed.start();
      sessionUses.start();
      usage.start();
      unusedPause.start();
      expiry.start();
      outbox.start();
    },
    async stop() {
      const writes = [lastUsed, sessionUses, usage, unusedPause, expiry];
      const written = Promise.all(writes.map((each) => each.stop()));
      await Promise.all([near?.stop(), outbox.stop(), waitAtMost(WRITES_STOP_TIMEOUT_MS, written)]);
      await transport.close();
    },
    cursors: createCursors(masterKey),
    sessions,
    accounts: createAccountService({ db, changes, masterKey, hasher, store, outbox, permissions, publicUrl }),
    logins,
    consoleLogins,
    consoleDoor: createConsoleDoor({
      isEnabled: config.isConsoleEnabled,
      cookie: consoleCookieOf(publicUrl),
      sessionTtlSeconds: config.consoleSessionTtlSeconds,
      sessions,
      consoleLogins,
    }),
    reauthentication: createReauthentication({ tryPassword, arePasswordsTaken: !config.isTrustedOnly }),
    ownAccounts: createOwnAccountService({
      ...{ db, changes, hasher, outbox, tryPassword, publicUrl },
      consoleSessionIdleSeconds: config.consoleSessionIdleSeconds,
    }),
    ...createSecondFactors({ db, changes, log, masterKey, outbox, tryPassword, config }),
    passwordResets: createPasswordResetService({ db, changes, masterKey, hasher, outbox, publicUrl }),
    organizations: createOrganizationService({ db, changes, quotas }),
    members: createMemberService({ db, changes }),
    invitations: createInvitationService({ db, changes, outbox, quotas, publicUrl }),
    invitationAcceptance: createInvitationAcceptance({ db, changes, hasher, quotas }),
    applications: createApplicationService({ db, changes, store, permissions, quotas }),
    apiClients: createApiClientService({ db, changes, store, quotas, permissions, costlyReads }),
    clientImports: createClientImportService({
      changes,
      keys: importedKeys,
      log,
      isStopping,
      rules: {
        quotas,
        catalogue: new Set(permissions.map(({ name }) => name)),
        reservedClientIds: new Set([...config.resourceServers, ...config.adminResourceServers]),
      },
    }),
    clientExports: createClientExportService({ db }),
    credentialPolicies: createCredentialPolicyService({ db, changes, costlyReads }),
    auditEvents: createAuditEventService({ db, heads: createAuditHeads({ keyRing, clock, issuer: publicUrl }) }),
    usage: createUsageService({ db }),
    verifier: createVerifyService({ db: checks.db, store, accessTokens, usage }),
    secrets: createSecretService({ db, changes, store, clock }),
    requireChecks: states.requireAnswers,
    findStateSource: () => near && (near.findObstacle() === undefined ? ('replica' as const) : ('primary' as const)),
    oauth: createOAuthService({
      db,
      store,
      usage,
      accessTokens,
      sessions: createSessionRepository(db),
      readAdminToken,
      revokedTokens: createRevokedTokenRepository(db),
      clock,
      issuer: publicUrl,
      audiences: config.accessTokenAudiences,
      resourceServers: new Set(config.resourceServers),
      adminResourceServers: new Set(config.adminResourceServers),
    }),
  };
}
