import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import type { Config } from './settings/config.ts';
import { createChangeRunner } from './changes/change-runner.ts';
import { createCursors } from './http/cursor.ts';
import { createOutbox } from './mail/outbox.ts';
import type { OutboxTimes } from './mail/outbox.ts';
import { createDirectoryTransport, createNoTransport, createSmtpTransport } from './mail/transport.ts';
import type { MailTransport } from './mail/transport.ts';
import type { MasterKey } from './master-key/master-key.ts';
import { createAccountService } from './resources/accounts/account-service.ts';
import { createLoginService } from './resources/accounts/login-service.ts';
import { createPasswordResetService } from './resources/accounts/password-reset-service.ts';
import { createSessionService } from './identity/session-service.ts';
import { createApiClientService } from './resources/api-clients/api-client-service.ts';
import { createApplicationService } from './resources/applications/application-service.ts';
import { createOrganizationService } from './resources/organizations/organization-service.ts';
import { createOAuthService } from './resources/oauth/oauth-service.ts';
import { createVerifyService } from './resources/verify/verify-service.ts';
import { Argon2Gate, ARGON2_CONCURRENCY } from './secrets/argon2-gate.ts';
import { createHasher } from './secrets/hasher.ts';
import { LastUsedRecorder } from './secrets/last-used.ts';
import { MatchMemo } from './secrets/match-memo.ts';
import { createSecretRepository } from './secrets/secret-repository.ts';
import { createStateReader } from './secrets/secret-state.ts';
import { createSecretStore } from './secrets/store.ts';
import { createAccessTokens } from './tokens/access-tokens.ts';
import type { KeyRing } from './tokens/key-ring.ts';
import { createRevokedTokenRepository } from './tokens/revoked-token-repository.ts';
import { waitAtMost } from './wait-at-most.ts';

/** A bound for memory; how long one waits is bounded by the gate itself. */
const ARGON2_QUEUE_MAX = 500;
const MEMO_ENTRIES_MAX = 50_000;
/** Both are parts of the ten seconds a stop has: a mail server or a database that is stuck must not use them up. */
const OUTBOX_STOP_TIMEOUT_MS = 2_000;
const LAST_USED_STOP_TIMEOUT_MS = 3_000;

export type Services = Awaited<ReturnType<typeof createServices>>;

export interface ServiceOptions {
  config: Config;
  masterKey: MasterKey;
  keyRing: KeyRing;
  mailTimes: Partial<OutboxTimes>;
}

/**
 * Makes everything behind the routes. Nothing runs before `start`, and the app's close ends it: before the database,
 * which was registered earlier.
 */
export async function createServices(app: FastifyInstance, { config, masterKey, keyRing, mailTimes }: ServiceOptions) {
  const { db, log } = app;
  const { permissions, publicUrl, adminTokenTtlSeconds, refreshTokenTtlSeconds } = config;

  const { hasher, states, lastUsed, store } = createSecrets(app, config, masterKey);
  const accessTokens = createAccessTokens({
    keyRing,
    states,
    issuer: publicUrl,
    audience: config.accessTokenAudience,
    ttlSeconds: config.accessTokenTtlSeconds,
    onCheck: app.metrics.checks.onTokenCheck,
  });
  const { transport, outbox } = createMail(app, { config, masterKey, mailTimes });

  const changes = createChangeRunner({ db, log });
  const { signAdminToken } = app;
  const sessions = createSessionService({ db, signAdminToken, adminTokenTtlSeconds, refreshTokenTtlSeconds });
  const apiClients = createApiClientService({ db, store });
  return {
    start() {
      lastUsed.start();
      outbox.start();
      app.addHook('onClose', async () => {
        await Promise.all([outbox.stop(), waitAtMost(LAST_USED_STOP_TIMEOUT_MS, lastUsed.stop())]);
        await transport.close();
      });
    },
    cursors: createCursors(masterKey),
    sessions,
    accounts: createAccountService({ db, masterKey, hasher, store, outbox, sessions, permissions, publicUrl }),
    logins: createLoginService({ db, hasher, sessions }),
    passwordResets: createPasswordResetService({ db, masterKey, hasher, outbox, publicUrl }),
    organizations: createOrganizationService({ db, changes }),
    applications: createApplicationService({ db, store, apiClients, permissions }),
    apiClients,
    verifier: createVerifyService({ db, store, accessTokens }),
    oauth: createOAuthService({
      store,
      accessTokens,
      revokedTokens: createRevokedTokenRepository(db),
      issuer: publicUrl,
      audience: config.accessTokenAudience,
      resourceServers: config.resourceServers,
    }),
  };
}

/** The hashed-secret store with everything it stands on. */
function createSecrets({ db, log, metrics }: FastifyInstance, config: Config, masterKey: MasterKey) {
  const gate = new Argon2Gate({ concurrency: ARGON2_CONCURRENCY, queueMax: ARGON2_QUEUE_MAX });
  metrics.watchGate(gate);
  const hasher = createHasher({ gate, masterKey, passwordCost: config.passwordCost, secretCost: config.secretCost });
  const secretRepository = createSecretRepository(db);
  const states = createStateReader(db, metrics.batches);
  const lastUsed = new LastUsedRecorder({ repository: secretRepository, log });
  const store = createSecretStore({
    prefix: config.secretPrefix,
    hasher,
    memo: new MatchMemo(MEMO_ENTRIES_MAX),
    states,
    repository: secretRepository,
    lastUsed,
    log,
    onCheck: metrics.checks.onSecretCheck,
  });
  return { hasher, states, lastUsed, store };
}

function createMail(app: FastifyInstance, { config, masterKey, mailTimes }: Omit<ServiceOptions, 'keyRing'>) {
  const { db, log, metrics } = app;
  const transport = createTransport(config, app);
  const outbox = createOutbox({
    db,
    masterKey,
    transport,
    log,
    figures: metrics.mails,
    stopTimeoutMs: OUTBOX_STOP_TIMEOUT_MS,
    ...mailTimes,
  });
  return { transport, outbox };
}

function createTransport(
  { smtpUrl, mailFrom: from, isProduction, dataDir }: Config,
  app: FastifyInstance,
): MailTransport {
  if (smtpUrl !== undefined) return createSmtpTransport({ smtpUrl, from });
  if (isProduction) return createNoTransport(app.log);
  return createDirectoryTransport({ directory: join(dataDir, 'outbox'), from, log: app.log });
}
