import type { Db } from '../../db/client.ts';
import type { AdminClaims } from '../../identity/admin-tokens.ts';
import type { SessionRepository } from '../../identity/session-repository.ts';
import type { SecretState } from '../../secrets/secret-state.ts';
import type { SecretStore } from '../../secrets/store.ts';
import type { AccessTokens } from '../../tokens/access-tokens.ts';
import { createOrganizationRepository } from '../organizations/organization-repository.ts';
import type { UsageCounter } from '../usage/usage-recorder.ts';
import type { Introspection, TokenHint } from './oauth-schemas.ts';

/** A token or a secret, and from where it is asked about. */
export interface AskedAbout extends TokenHint {
  /** Of the machine that presented it, as far as this service can see: see `docs/operations.md`. */
  address: string;
}

/** What is answered, and for the log why something is not active. */
export interface IntrospectionOutcome {
  answer: Introspection;
  reason?: string;
}

export interface IntrospectionOptions {
  db: Db;
  store: SecretStore;
  usage: UsageCounter;
  accessTokens: AccessTokens;
  sessions: Pick<SessionRepository, 'findActive'>;
  readAdminToken: (token: string) => Promise<AdminClaims & { exp: number }>;
  issuer: string;
  audience: string;
  /** Clients that see the tokens and secrets of every organization. */
  resourceServers: ReadonlySet<string>;
  /** Clients that see admin tokens too. */
  adminResourceServers: ReadonlySet<string>;
}

/** RFC 7662: tells a client what a token is good for, as far as it may know. */
export function createIntrospection(options: IntrospectionOptions) {
  const { db, store, usage, accessTokens, sessions, readAdminToken } = options;

  async function describeAccessToken({ token, address }: AskedAbout): Promise<IntrospectionOutcome> {
    const result = await accessTokens.check({ credential: { kind: 'token', token }, address });
    if (!result.isValid) return inactive(result.refusal);
    const { claims, permissions, state } = result;
    // It dies with its secret, which may run out before it does.
    const exp = Math.min(claims.exp, toSeconds(state.expiresAt) ?? claims.exp);
    return { answer: { ...claims, exp, active: true, token_type: 'Bearer', scope: permissions.join(' ') } };
  }

  /** Undefined for whatever is no admin token whose session still lives. */
  async function describeAdminToken({
    token,
    requested_org: requested,
  }: AskedAbout): Promise<IntrospectionOutcome | undefined> {
    const claims = await readAdminToken(token).catch(() => undefined);
    const user = claims && (await sessions.findActive(claims, null));
    if (claims === undefined || !user) return undefined;
    const organizations = await createOrganizationRepository(db, user.userId).listOpen();
    const named = organizations.find(({ id }) => id === requested?.toLowerCase());
    return {
      answer: {
        active: true,
        sub: user.userId,
        exp: claims.exp,
        email: user.email,
        organizations: organizations.map(({ id, name, role }) => ({ uuid: id, name, role })),
        ...(named && { organization_id: named.id }),
      },
    };
  }

  return async (caller: SecretState, asked: AskedAbout): Promise<IntrospectionOutcome> => {
    const { token } = asked;
    const isJwt = token.includes('.');
    if (isJwt && options.adminResourceServers.has(caller.clientId)) {
      const found = await describeAdminToken(asked);
      if (found !== undefined) return found;
    }
    const found = isJwt ? await describeAccessToken(asked) : await describeSecret(options, asked);
    const { organization_id: organizationId, secret_id: secretId, client_id: clientId } = found.answer;
    if (secretId === undefined || clientId === undefined) return found;
    const isVisible = organizationId === caller.organizationId || options.resourceServers.has(caller.clientId);
    if (!isVisible) return inactive('of another organization');
    // Asked about where it was presented: as much a use of the credential as a `verify/`.
    store.recordUse(secretId, asked.address);
    usage.accept(clientId);
    return found;
  };
}

/** A secret is told of only where it is asked about as one: whoever takes any active token must not take it as Bearer. */
async function describeSecret(
  { store, issuer, audience }: Pick<IntrospectionOptions, 'store' | 'issuer' | 'audience'>,
  { token: secret, token_type_hint: hint, address }: AskedAbout,
): Promise<IntrospectionOutcome> {
  if (hint !== 'client_secret') return inactive('not a token, and not asked about as a secret');
  const result = await store.check({ credential: { kind: 'secret', secret, clientId: undefined }, address });
  if (!result.isValid) return inactive(result.refusal);
  const { state } = result;
  const exp = toSeconds(state.expiresAt);
  return {
    answer: {
      active: true,
      token_type: 'client_secret',
      scope: state.scope,
      client_id: state.clientId,
      sub: state.clientId,
      iss: issuer,
      aud: audience,
      organization_id: state.organizationId,
      environment: state.environment,
      secret_id: state.secretId,
      ...(exp === undefined ? {} : { exp }),
    },
  };
}

/** RFC 7662 §2.2: nothing more is said, whatever the cause; that is for the log. */
function inactive(reason: string): IntrospectionOutcome {
  return { answer: { active: false }, reason };
}

function toSeconds(time: Date | null): number | undefined {
  return time === null ? undefined : Math.floor(time.getTime() / 1000);
}
