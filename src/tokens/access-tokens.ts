import { v7 as uuidv7 } from 'uuid';
import type { DatabaseClock } from '../db/database-clock.ts';
import type { Presented, TokenCredential } from '../http/presented.ts';
import { decideStrictly } from '../secrets/near-states.ts';
import type { NearStates } from '../secrets/near-states.ts';
import type { RefusalPace } from '../secrets/refusal-pace.ts';
import type { SecretState, StateFinder, TokenState } from '../secrets/secret-state.ts';
import { findFault } from '../secrets/secret-decision.ts';
import type { Meanwhile } from '../secrets/store.ts';
import { ACCESS_TOKEN_TYPE, createAccessTokenReader } from './access-token-reader.ts';
import type { AccessTokenClaims, AccessTokenReader } from './access-token-reader.ts';
import { signCompact } from './compact-jws.ts';
import type { KeyRing } from './key-ring.ts';

/** Why an access token is not good, for the log. */
export type TokenRefusal =
  | 'not an access token of this service'
  | 'the secret it came from is gone'
  | 'revoked'
  | 'expired'
  | 'client paused'
  | 'address not allowed'
  | 'no permission left';

export type TokenCheck = TokenAccepted | TokenRefused;

export interface TokenAccepted {
  isValid: true;
  claims: AccessTokenClaims;
  state: SecretState;
  permissions: string[];
}

export interface TokenRefused {
  isValid: false;
  refusal: TokenRefusal;
  /** Whose token it would have been, where that is known; never for an answer. */
  clientId?: string;
}

/** What a token is issued for. */
export interface Grant {
  permissions: readonly string[];
  /** One of the audiences of this deployment. */
  audience: string;
}

export interface IssuedToken {
  token: string;
  expiresInSeconds: number;
}

export interface AccessTokens {
  /**
   * Issues an RFC 9068 token for a client whose state has just been checked. It lives by the database's time and runs out
   * with its secret at the latest: undefined when there is no whole second left. The signature is made beside the event
   * loop, on a thread that the argon2 gate leaves free.
   */
  issue: (state: SecretState, grant: Grant) => Promise<IssuedToken | undefined>;
  read: AccessTokenReader;
  /** Decides about a token by what the database says at this moment. Its permissions shrink to those still held. */
  check: (presented: Presented<TokenCredential>, meanwhile?: Meanwhile) => Promise<TokenCheck>;
}

export interface AccessTokenOptions {
  keyRing: KeyRing;
  clock: Pick<DatabaseClock, 'now'>;
  states: StateFinder;
  /** Asked first, where there are any. */
  near?: NearStates | undefined;
  issuer: string;
  /** Whom tokens can be for: a token that names one of them is accepted. */
  audiences: readonly string[];
  ttlSeconds: number;
  /** What refusals wait for. */
  pace: RefusalPace;
  /** Told of every check. */
  onCheck?: (check: TokenCheck) => void;
}

export function createAccessTokens(options: AccessTokenOptions): AccessTokens {
  const { keyRing, clock, issuer, ttlSeconds, pace, onCheck } = options;
  const read = createAccessTokenReader(options);

  async function look({ credential, address }: Presented<TokenCredential>): Promise<TokenCheck> {
    const claims = await read(credential.token);
    if (claims === undefined || claims.exp * 1000 <= clock.now()) return refuse('not an access token of this service');
    return decideStrictly(options, async (states) => {
      const state = await states.findByToken({ secretId: claims.secret_id, jti: claims.jti });
      // States of tokens are found by the token's own id, which is of one secret only.
      if (state?.secretId !== claims.secret_id) return refuse('the secret it came from is gone');
      // The read has brought the database's time: what was counted on from the last one may be late.
      if (claims.exp * 1000 <= clock.now()) return refuse('not an access token of this service');
      return decide(claims, state, address);
    });
  }

  return {
    async issue(state, { permissions, audience }) {
      const issuedAt = Math.floor(clock.now() / 1000);
      const expiresAt = Math.min(issuedAt + ttlSeconds, endOf(state));
      if (expiresAt <= issuedAt) return undefined;
      const claims: AccessTokenClaims = {
        iss: issuer,
        sub: state.clientId,
        aud: audience,
        client_id: state.clientId,
        jti: uuidv7(),
        iat: issuedAt,
        exp: expiresAt,
        scope: permissions.join(' '),
        organization_id: state.organizationId,
        environment: state.environment,
        secret_id: state.secretId,
      };
      const token = await signCompact(keyRing.accessTokenKey, ACCESS_TOKEN_TYPE, claims);
      return { token, expiresInSeconds: expiresAt - issuedAt };
    },

    read,

    async check(presented, meanwhile) {
      let check = await look(presented);
      if (meanwhile !== undefined && check.isValid) {
        await meanwhile(check.state);
        check = await look(presented);
      }
      onCheck?.(check);
      if (!check.isValid) await pace.wait();
      return check;
    },
  };
}

function decide(claims: AccessTokenClaims, state: TokenState, address: string): TokenCheck {
  if (state.isRevoked) return refuse('revoked', state);
  const fault = findFault(state, address);
  if (fault !== undefined) return refuse(fault, state);
  const permissions = claims.scope.split(' ').filter((name) => state.permissions.includes(name));
  return permissions.length === 0 ? refuse('no permission left', state) : { isValid: true, claims, state, permissions };
}

function refuse(refusal: TokenRefusal, state?: SecretState): TokenCheck {
  return state === undefined ? { isValid: false, refusal } : { isValid: false, refusal, clientId: state.clientId };
}

/** When a secret that is good now runs out, in whole seconds since the epoch: no token outlives it. */
function endOf({ expiresAt }: SecretState): number {
  return expiresAt === null ? Infinity : Math.floor(expiresAt.getTime() / 1000);
}
