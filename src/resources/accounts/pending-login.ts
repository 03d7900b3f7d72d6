import { createHash, randomBytes } from 'node:crypto';
import type { Change } from '../../changes/change-runner.ts';
import { createPendingLoginRepository } from '../../identity/pending-login-repository.ts';
import type { SecondFactors } from '../../identity/second-factor-repository.ts';
import { nobody, ofAccount } from './account-audit.ts';
import type { AuditedUser } from './account-audit.ts';

const TTL_SECONDS = 300;

/** What a login answers with in the place of tokens. */
export interface SecondFactorAsked {
  '2fa_required': true;
  temp_token: string;
  expires_in: number;
  has_authenticator: boolean;
  has_passkeys: boolean;
}

/** Lets a login whose password was right wait for the second factor. Its token opens nothing but the routes under `2fa/`. */
export async function askSecondFactor(
  { tx, audit }: Change,
  account: AuditedUser,
  { hasAuthenticator, hasPasskeys }: SecondFactors,
): Promise<SecondFactorAsked> {
  const tempToken = randomBytes(32).toString('base64url');
  const pending = { digest: digestTempToken(tempToken), userId: account.id, ttlSeconds: TTL_SECONDS };
  await createPendingLoginRepository(tx).insert(pending);
  audit({ action: 'login.challenge', ...ofAccount(account), actor: nobody });
  return {
    '2fa_required': true,
    temp_token: tempToken,
    expires_in: TTL_SECONDS,
    has_authenticator: hasAuthenticator,
    has_passkeys: hasPasskeys,
  };
}

/** Such a token is 256 random bits, so a plain digest cannot be turned back. */
export function digestTempToken(tempToken: string): string {
  return createHash('sha256').update(tempToken).digest('base64url');
}
