import { createHash, randomBytes } from 'node:crypto';
import { v7 as uuidv7 } from 'uuid';
import type { Db, Tx } from '../db/client.ts';
import { AppError } from '../errors.ts';
import type { AdminClaims } from './admin-tokens.ts';
import { createSessionRepository } from './session-repository.ts';

/** What a login answers with (RFC 6749 §5.1). */
export interface TokenPair {
  access_token: string;
  refresh_token: string;
  token_type: 'Bearer';
  expires_in: number;
}

export interface SessionService {
  /** Opens a session in the caller's transaction; the tokens are good once it is committed. */
  open: (tx: Tx, userId: string) => Promise<TokenPair>;
  /**
   * Spends a refresh token for a new pair. Nothing of it outlives the session's ninetieth day.
   * @throws AppError `invalid_refresh_token`; a spent one ends its whole session first
   */
  refresh: (refreshToken: string) => Promise<TokenPair>;
  /**
   * Ends a session: its refresh tokens and admin tokens are refused from now on.
   * @throws AppError `invalid_refresh_token`
   */
  end: (refreshToken: string) => Promise<void>;
}

export interface SessionServiceOptions {
  db: Db;
  signAdminToken: (claims: AdminClaims, ttlSeconds: number) => string;
  adminTokenTtlSeconds: number;
  refreshTokenTtlSeconds: number;
}

export function createSessionService(options: SessionServiceOptions): SessionService {
  const { db, signAdminToken, adminTokenTtlSeconds, refreshTokenTtlSeconds: ttlSeconds } = options;
  // The last admin token of a session may outlive its last refresh token.
  const sessionTtlSeconds = Math.max(ttlSeconds, adminTokenTtlSeconds);
  const sessions = createSessionRepository(db);

  async function issue(tx: Tx, claims: AdminClaims): Promise<TokenPair> {
    const refreshToken = randomBytes(32).toString('base64url');
    const secondsLeft = await createSessionRepository(tx).insertRefreshToken({
      digest: digestOf(refreshToken),
      sessionId: claims.sid,
      ttlSeconds,
    });
    const expiresIn = Math.max(1, Math.min(adminTokenTtlSeconds, secondsLeft));
    return {
      access_token: signAdminToken(claims, expiresIn),
      refresh_token: refreshToken,
      token_type: 'Bearer',
      expires_in: expiresIn,
    };
  }

  return {
    async open(tx, userId) {
      const sid = uuidv7();
      await createSessionRepository(tx).insert({ id: sid, userId, ttlSeconds: sessionTtlSeconds });
      return issue(tx, { sub: userId, sid });
    },

    async refresh(refreshToken) {
      const digest = digestOf(refreshToken);
      const pair = await db.transaction(async (tx) => {
        const repository = createSessionRepository(tx);
        const spent = await repository.spendRefreshToken(digest);
        if (spent === null) return null;
        await repository.extend(spent.sessionId, sessionTtlSeconds);
        return issue(tx, { sub: spent.userId, sid: spent.sessionId });
      });
      if (pair !== null) return pair;
      const ended = await sessions.endByRefreshToken(digest);
      throw refused(ended === null ? 'unknown refresh token' : 'refresh token used again: the session was ended');
    },

    async end(refreshToken) {
      const ended = await sessions.endByRefreshToken(digestOf(refreshToken));
      if (ended === null) throw refused('unknown refresh token');
      if (ended.wasSpent) throw refused('spent refresh token: the session was ended');
    },
  };
}

/** A refresh token is 256 random bits, so a plain digest cannot be turned back. */
function digestOf(refreshToken: string): string {
  return createHash('sha256').update(refreshToken).digest('base64url');
}

function refused(reason: string): AppError {
  return new AppError('invalid_refresh_token', { detail: 'Log in again.', reason });
}
