import type { IncomingMessage } from 'node:http';
import type { Db } from '../../db/client.ts';
import { AppError } from '../../errors.ts';
import type { SecretState } from '../../secrets/secret-state.ts';
import type { SecretStore } from '../../secrets/store.ts';
import type { AccessTokens } from '../../tokens/access-tokens.ts';
import { createApiClientRepository } from '../api-clients/api-client-repository.ts';
import { readCredential } from './credentials.ts';
import type { Credential } from './credentials.ts';
import type { VerifiedClient } from './verify-schemas.ts';

/** What the caller of `verify/` asks of the credential beyond being valid. */
export interface Wanted {
  permissions: readonly string[];
  environments: readonly string[];
  redirectUrl: string | undefined;
}

export interface VerifyService {
  /**
   * Looks only whether the request carries a credential of a kind that is accepted.
   * @throws AppError `invalid_credential` for one without
   */
  requireCredential: (request: IncomingMessage) => Credential;
  /**
   * Says whose credential a request carries.
   * @throws AppError `invalid_credential` for all that is not valid, with the same words whatever the cause;
   * `insufficient_permission` or `wrong_environment` for a valid one that lacks what is wanted
   */
  verify: (request: IncomingMessage, wanted: Wanted) => Promise<VerifiedClient>;
}

export interface VerifyServiceOptions {
  db: Db;
  store: SecretStore;
  accessTokens: AccessTokens;
}

export function createVerifyService({ db, store, accessTokens }: VerifyServiceOptions): VerifyService {
  async function checkSecret(secret: string, clientId: string | undefined): Promise<VerifiedClient> {
    const result = await store.check(secret);
    if (!result.isValid) throw refusal(result.refusal);
    const { state } = result;
    if (clientId !== undefined && clientId !== state.clientId) throw refusal('the secret belongs to another client');
    return toVerifiedClient(state, { permissions: state.permissions, expiresAt: state.expiresAt });
  }

  async function checkToken(token: string): Promise<VerifiedClient> {
    const result = await accessTokens.check(token);
    if (!result.isValid) throw refusal(result.refusal);
    const { state, permissions, claims } = result;
    const tokenExpiresAt = new Date(claims.exp * 1000);
    const isSooner = state.expiresAt !== null && state.expiresAt < tokenExpiresAt;
    return toVerifiedClient(state, { permissions, expiresAt: isSooner ? state.expiresAt : tokenExpiresAt });
  }

  function identify(credential: Credential): Promise<VerifiedClient> {
    return credential.kind === 'token'
      ? checkToken(credential.token)
      : checkSecret(credential.secret, credential.clientId);
  }

  async function isRedirectUrlAllowed(credential: Credential, redirectUrl: string): Promise<boolean> {
    const { organization_id, client_id } = await identify(credential);
    const urls = await createApiClientRepository(db, organization_id).findRedirectUrls(client_id);
    return urls?.includes(redirectUrl) ?? false;
  }

  return {
    requireCredential,

    async verify(request, wanted) {
      const credential = requireCredential(request);
      const { redirectUrl } = wanted;
      const isAllowed = redirectUrl === undefined ? undefined : await isRedirectUrlAllowed(credential, redirectUrl);
      // Last of all reads: a credential that ended during the one above is refused.
      const client = await identify(credential);
      requireWanted(client, wanted);
      store.recordUse(client.secret_id);
      return isAllowed === undefined ? client : { ...client, redirect_url_allowed: isAllowed };
    },
  };
}

function requireCredential(request: IncomingMessage): Credential {
  const credential = readCredential(request);
  if (credential === undefined) throw refusal('no credential of an accepted kind');
  return credential;
}

function refusal(reason: string): AppError {
  return new AppError('invalid_credential', {
    detail: 'The request needs a valid credential: x-api-key, Basic client_id:secret, or a Bearer access token.',
    reason,
  });
}

function requireWanted(client: VerifiedClient, { permissions, environments }: Wanted): void {
  if (environments.some((environment) => environment !== client.environment)) {
    throw new AppError('wrong_environment', { detail: `The API client is for the ${client.environment} environment.` });
  }
  const missing = permissions.filter((permission) => !client.permissions.includes(permission));
  if (missing.length > 0) {
    throw new AppError('insufficient_permission', { detail: `The API client lacks: ${missing.join(', ')}.` });
  }
}

function toVerifiedClient(
  state: SecretState,
  { permissions, expiresAt }: { permissions: string[]; expiresAt: Date | null },
): VerifiedClient {
  return {
    client_id: state.clientId,
    name: state.name,
    organization_id: state.organizationId,
    application_id: state.applicationId,
    environment: state.environment,
    permissions,
    secret_id: state.secretId,
    expires_at: expiresAt?.toISOString() ?? null,
  };
}
