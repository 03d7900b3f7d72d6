import type { Db } from '../../db/client.ts';
import { AppError } from '../../errors.ts';
import type { Presented, TokenCredential } from '../../http/presented.ts';
import type { SecretCheck } from '../../secrets/secret-decision.ts';
import type { SecretState } from '../../secrets/secret-state.ts';
import type { Meanwhile, SecretStore } from '../../secrets/store.ts';
import type { AccessTokens } from '../../tokens/access-tokens.ts';
import { createApiClientRepository } from '../api-clients/api-client-repository.ts';
import type { UsageCounter } from '../usage/usage-recorder.ts';
import { invalidCredential } from './credentials.ts';
import type { VerifiedClient } from './verify-schemas.ts';

/** What the caller of `verify/` asks of the credential beyond being valid. */
export interface Asked {
  permissions: readonly string[];
  environments: readonly string[];
  redirectUrl: string | undefined;
}

export interface VerifyService {
  /**
   * Says whose credential was presented.
   * @throws AppError `invalid_credential` for all that is not valid, with the same words whatever the cause;
   * `insufficient_permission` or `wrong_environment` for a valid one that lacks what is asked for
   */
  verify: (presented: Presented, asked: Asked) => Promise<VerifiedClient>;
}

export interface VerifyServiceOptions {
  db: Db;
  store: SecretStore;
  accessTokens: AccessTokens;
  usage: UsageCounter;
}

export function createVerifyService({ db, store, accessTokens, usage }: VerifyServiceOptions): VerifyService {
  function clientOfSecret(result: SecretCheck): VerifiedClient {
    if (!result.isValid) throw invalidCredential(result.refusal);
    return toVerifiedClient(result.state, result.state);
  }

  async function checkToken(presented: Presented<TokenCredential>, meanwhile: Meanwhile): Promise<VerifiedClient> {
    const result = await accessTokens.check(presented, meanwhile);
    if (!result.isValid) throw invalidCredential(result.refusal);
    const { state, permissions, claims } = result;
    const tokenExpiresAt = new Date(claims.exp * 1000);
    const isSooner = state.expiresAt !== null && state.expiresAt < tokenExpiresAt;
    return toVerifiedClient(state, { permissions, expiresAt: isSooner ? state.expiresAt : tokenExpiresAt });
  }

  async function identify(presented: Presented, asked: Asked, meanwhile: Meanwhile): Promise<VerifiedClient> {
    const { credential, address } = presented;
    const client =
      credential.kind === 'token'
        ? await checkToken({ credential, address }, meanwhile)
        : clientOfSecret(await store.check({ credential, address }, meanwhile));
    const lack = findLack(client, asked);
    if (lack !== undefined) {
      usage.refuse(client.client_id);
      throw lack;
    }
    usage.accept(client.client_id);
    store.recordUse(client.secret_id, address);
    return client;
  }

  async function identifyWithRedirectUrl(presented: Presented, asked: Asked, url: string): Promise<VerifiedClient> {
    let isAllowed = false;
    const client = await identify(presented, asked, async ({ organizationId, clientId }) => {
      isAllowed = await createApiClientRepository(db, organizationId).allowsRedirectUrl(clientId, url);
    });
    return { ...client, redirect_url_allowed: isAllowed };
  }

  return {
    verify: (presented, asked) =>
      asked.redirectUrl === undefined
        ? identify(presented, asked, undefined)
        : identifyWithRedirectUrl(presented, asked, asked.redirectUrl),
  };
}

/** What a valid credential lacks of what is asked for. */
function findLack(client: VerifiedClient, { permissions, environments }: Asked): AppError | undefined {
  if (environments.some((environment) => environment !== client.environment)) {
    return lacking('wrong_environment', `The API client is for the ${client.environment} environment.`);
  }
  const missing = permissions.filter((permission) => !client.permissions.includes(permission));
  if (missing.length === 0) return undefined;
  return lacking('insufficient_permission', `The API client lacks: ${missing.join(', ')}.`);
}

/** Says why in a header as well: a gateway asks with HEAD, whose answer has no body. */
function lacking(code: 'wrong_environment' | 'insufficient_permission', detail: string): AppError {
  return new AppError(code, { detail, headers: { 'x-refusal': code } });
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
