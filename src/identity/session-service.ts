import { createHash, randomBytes } from 'node:crypto';
import { v7 as uuidv7 } from 'uuid';
import type { AuditActor, AuditEvent } from '../changes/audit-event.ts';
import type { Caller } from '../changes/caller.ts';
import type { Change, ChangeRunner } from '../changes/change-runner.ts';
import type { SessionKind } from '../db/tables/users.ts';
import { AppError } from '../errors.ts';
import { truncateAddress } from '../http/source-addresses.ts';
import { UnsealError } from '../master-key/master-key.ts';
import type { MasterKey } from '../master-key/master-key.ts';
import { openTwofold, sealTwofold } from '../master-key/twofold-seal.ts';
import type { BroughtSecret } from '../master-key/twofold-seal.ts';
import { toHarmlessUserAgent } from '../rules/user-agents.ts';
import type { AdminClaims } from './admin-tokens.ts';
import { createSessionRepository } from './session-repository.ts';
import type { HeldSession, NewSession } from './session-repository.ts';

/** What a login answers with (RFC 6749 §5.1). */
export interface TokenPair {
  access_token: string;
  refresh_token: string;
  token_type: 'Bearer';
  expires_in: number;
}

/** What a session gives whoever opened or prolonged it, before its admin token is signed. */
export interface SessionGrant {
  claims: AdminClaims;
  refreshToken: string;
  /** Of the admin token. */
  expiresIn: number;
}

/** Opens a session, of whatever kind, for somebody who has proven to be the user. */
export type OpenSession<Opened> = (
  change: Change,
  user: { id: string; email: string },
  caller: Caller,
) => Promise<Opened>;

export interface SessionService {
  /** Opens a session as part of a change; what it gives is good once that is committed. */
  open: OpenSession<SessionGrant>;
  /** Makes it tokens, behind the change: a signature takes a thread, which no transaction waits for. */
  sign: (grant: SessionGrant) => Promise<TokenPair>;
  /**
   * Spends a refresh token for a new pair. Nothing of it outlives the session's ninetieth day. Within ten seconds the same
   * refresh token is given for it once more: the answer may have been lost.
   * @throws AppError `invalid_refresh_token`; a spent one ends its whole session first
   */
  refresh: (caller: Caller, refreshToken: string) => Promise<TokenPair>;
  /**
   * Ends a session: its refresh tokens and admin tokens are refused from now on.
   * @throws AppError `invalid_refresh_token`
   */
  end: (caller: Caller, refreshToken: string) => Promise<void>;
}

/** To be told that somebody uses a session. */
export interface SessionUses {
  /**
   * @param id of the session, or of the user where another issuer holds the session
   * @param address of which the network is kept
   */
  record: (id: string, address?: string) => void;
}

export interface SessionServiceOptions {
  changes: ChangeRunner;
  masterKey: MasterKey;
  signAdminToken: (claims: AdminClaims, ttlSeconds: number) => Promise<string>;
  adminTokenTtlSeconds: number;
  refreshTokenTtlSeconds: number;
  uses: SessionUses;
}

export function createSessionService(options: SessionServiceOptions): SessionService {
  const {
    changes,
    masterKey,
    signAdminToken,
    adminTokenTtlSeconds,
    refreshTokenTtlSeconds: ttlSeconds,
    uses,
  } = options;
  // The last admin token of a session may outlive its last refresh token.
  const sessionTtlSeconds = Math.max(ttlSeconds, adminTokenTtlSeconds);

  function grant(claims: AdminClaims, refreshToken: string, secondsLeft: number): SessionGrant {
    return { claims, refreshToken, expiresIn: Math.max(1, Math.min(adminTokenTtlSeconds, secondsLeft)) };
  }

  async function sign({ claims, refreshToken, expiresIn }: SessionGrant): Promise<TokenPair> {
    return {
      access_token: await signAdminToken(claims, expiresIn),
      refresh_token: refreshToken,
      token_type: 'Bearer',
      expires_in: expiresIn,
    };
  }

  /** @throws AppError `overloaded` in a process that does not know the master key yet: the next one may */
  function openSuccessor(refreshToken: string, sealed: string): string {
    try {
      return openTwofold(masterKey, broughtBy(refreshToken), sealed);
    } catch (cause) {
      if (!(cause instanceof UnsealError)) throw cause;
      throw new AppError('overloaded', { cause, reason: 'the successor of a refresh token cannot be opened' });
    }
  }

  /** What a token was spent for a moment ago; null when it is not to be given again. */
  async function repeat({ tx, audit }: Change, refreshToken: string): Promise<SessionGrant | null> {
    const taken = await createSessionRepository(tx).takeSuccessor(digestOf(refreshToken));
    if (taken === null) return null;
    const { sealed, sessionId, userId, secondsLeft } = taken;
    const successor = openSuccessor(refreshToken, sealed);
    audit({ action: 'session.repeat', ...ofSession(taken) });
    return grant({ sub: userId, sid: sessionId }, successor, secondsLeft);
  }

  return {
    async open(change, user, caller) {
      const sid = uuidv7();
      const origin = noteOpened(change, caller, { id: sid, user, uses });
      const refreshToken = makeRefreshToken();
      const repository = createSessionRepository(change.tx);
      const token = { digest: digestOf(refreshToken), sessionId: sid, ttlSeconds };
      change.atEnd(() =>
        Promise.all([
          repository.insert({ id: sid, userId: user.id, ttlSeconds: sessionTtlSeconds, ...origin }),
          repository.insertRefreshToken(token),
        ]),
      );
      // A session has more left at its beginning than any admin token lives.
      return grant({ sub: user.id, sid }, refreshToken, Infinity);
    },

    sign,

    async refresh(caller, refreshToken) {
      const digest = digestOf(refreshToken);
      const successor = makeRefreshToken();
      const sealed = sealTwofold(masterKey, broughtBy(refreshToken), successor);
      const granted = await changes.run(caller, {
        async apply(change) {
          const repository = createSessionRepository(change.tx);
          const spent = await repository.spendRefreshToken(digest, { digest: digestOf(successor), sealed });
          if (spent === null) {
            const repeated = await repeat(change, refreshToken);
            return repeated ?? endByRefreshToken(change, digest, { isReuse: true });
          }
          const { userId, sessionId } = spent;
          change.afterCommit(() => {
            uses.record(sessionId, caller.ip ?? undefined);
          });
          const [, secondsLeft] = await Promise.all([
            repository.extend(sessionId, sessionTtlSeconds),
            repository.insertRefreshToken({ digest: digestOf(successor), sessionId, ttlSeconds }),
          ]);
          return grant({ sub: userId, sid: sessionId }, successor, secondsLeft);
        },
      });
      if (granted === null) throw refused('unknown refresh token');
      if ('sessionId' in granted) throw refused('refresh token used again: the session was ended');
      return sign(granted);
    },

    async end(caller, refreshToken) {
      const digest = digestOf(refreshToken);
      const ended = await changes.run(caller, { apply: (change) => endByRefreshToken(change, digest) });
      if (ended === null) throw refused('unknown refresh token');
      if (ended.isSpent) throw refused('spent refresh token: the session was ended');
    },
  };
}

/** Ends the session that a refresh token belongs to, spent or not. Null when the token is nobody's. */
async function endByRefreshToken(
  { tx, audit }: Change,
  digest: string,
  { isReuse = false } = {},
): Promise<HeldSession | null> {
  const repository = createSessionRepository(tx);
  const held = await repository.holdByRefreshToken(digest);
  if (held === null || held.isEnded) return held;
  await repository.end(held.sessionId);
  const action = isReuse || held.isSpent ? 'session.reuse' : 'session.end';
  audit({ action, ...ofSession(held) });
  return held;
}

interface OpenedSession {
  id: string;
  user: { id: string; email: string };
  uses: SessionUses;
  /** Where it is no session of tokens. */
  kind?: SessionKind;
}

/** What every new session leaves behind; tells where it comes from, as far as that is kept. */
export function noteOpened(
  { audit, afterCommit }: Change,
  { ip, userAgent }: Caller,
  { id, user, uses, kind }: OpenedSession,
): Pick<NewSession, 'network' | 'userAgent'> {
  afterCommit(() => {
    uses.record(id, ip ?? undefined);
  });
  audit({
    action: 'session.create',
    ...ofSession({ sessionId: id, userId: user.id, email: user.email }),
    ...(kind && { changes: { kind: { from: null, to: kind } } }),
  });
  return { network: ip === null ? null : truncateAddress(ip), userAgent: toHarmlessUserAgent(userAgent) };
}

/** A session in its user's own chain, by whoever holds its tokens or its cookie. */
export function ofSession(session: { sessionId: string; userId: string; email: string }) {
  const { sessionId, userId, email } = session;
  const actor: AuditActor = { type: 'user', id: userId, email };
  return {
    actor,
    chain: { type: 'user', id: userId },
    target: { type: 'session', id: sessionId, name: null },
  } satisfies Partial<AuditEvent>;
}

function makeRefreshToken(): string {
  return randomBytes(32).toString('base64url');
}

/** What a token was spent for is sealed under the token: who has only the database does not get at it. */
function broughtBy(refreshToken: string): BroughtSecret {
  return { secret: refreshToken, context: ['refresh-token'] };
}

/** A refresh token is 256 random bits, so a plain digest cannot be turned back. */
function digestOf(refreshToken: string): string {
  return createHash('sha256').update(refreshToken).digest('base64url');
}

function refused(reason: string): AppError {
  return new AppError('invalid_refresh_token', { detail: 'Log in again.', reason });
}
