import type { IncomingHttpHeaders } from 'node:http';
import { AppError } from '../../errors.ts';
import type { SecretState } from '../../secrets/secret-repository.ts';
import type { SecretStore } from '../../secrets/store.ts';
import { readCredential } from './credentials.ts';
import type { VerifiedClient } from './verify-schemas.ts';

/** What the caller of `verify/` asks of the credential beyond being valid. */
export interface Wanted {
  permissions: readonly string[];
  environments: readonly string[];
  redirectUrl: string | undefined;
}

export interface VerifyService {
  /**
   * Says whose credential the headers carry.
   * @throws AppError `invalid_credential` for all that is not valid, with the same words whatever the cause;
   * `insufficient_permission` or `wrong_environment` for a valid one that lacks what is wanted
   */
  verify: (headers: IncomingHttpHeaders, wanted: Wanted) => Promise<VerifiedClient>;
}

export function createVerifyService({ store }: { store: SecretStore }): VerifyService {
  return {
    async verify(headers, wanted) {
      const presented = readCredential(headers);
      if (presented === undefined) throw refusal('no credential of an accepted kind');
      const result = await store.check(presented.secret);
      if (!result.isValid) throw refusal(result.refusal);
      const { state } = result;
      if (presented.clientId !== undefined && presented.clientId !== state.clientId) {
        throw refusal('the secret belongs to another client');
      }
      requireWanted(state, wanted);
      store.recordUse(state.secretId);
      return toVerifiedClient(state, wanted.redirectUrl);
    },
  };
}

function refusal(reason: string): AppError {
  return new AppError('invalid_credential', {
    detail: 'The request needs a valid secret: send it as x-api-key, or as Basic client_id:secret.',
    reason,
  });
}

function requireWanted(state: SecretState, { permissions, environments }: Wanted): void {
  if (environments.some((environment) => environment !== state.environment)) {
    throw new AppError('wrong_environment', { detail: `The API client is for the ${state.environment} environment.` });
  }
  const missing = permissions.filter((permission) => !state.permissions.includes(permission));
  if (missing.length > 0) {
    throw new AppError('insufficient_permission', { detail: `The API client lacks: ${missing.join(', ')}.` });
  }
}

function toVerifiedClient(state: SecretState, redirectUrl: string | undefined): VerifiedClient {
  const client = {
    client_id: state.clientId,
    name: state.name,
    organization_id: state.organizationId,
    application_id: state.applicationId,
    environment: state.environment,
    permissions: state.permissions,
    secret_id: state.secretId,
    expires_at: state.expiresAt?.toISOString() ?? null,
  };
  if (redirectUrl === undefined) return client;
  const isAllowed =
    state.allowedRedirectUrls.includes(redirectUrl) || (state.applicationRedirectUris?.includes(redirectUrl) ?? false);
  return { ...client, redirect_url_allowed: isAllowed };
}
