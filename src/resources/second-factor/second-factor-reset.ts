import type { Change } from '../../changes/change-runner.ts';
import { createPendingLoginRepository } from '../../identity/pending-login-repository.ts';
import { createSecondFactorRepository } from '../../identity/second-factor-repository.ts';
import { createSessionRepository } from '../../identity/session-repository.ts';
import { ofAccount } from '../accounts/account-audit.ts';
import type { AuditedUser } from '../accounts/account-audit.ts';
import { createPasskeyRepository } from './passkey-repository.ts';
import { createRecoveryCodeRepository } from './recovery-code-repository.ts';
import { createTotpRepository } from './totp-repository.ts';

/** What somebody had before. */
export interface TakenAway {
  hadAuthenticator: boolean;
  passkeys: number;
  sessions: number;
}

/**
 * Takes away every second factor of a user, for whom nothing is left to log in with: what was lost may be in other hands,
 * so sessions end as well. Null when there is none; nothing is changed then.
 */
export async function resetSecondFactor(change: Change, user: AuditedUser): Promise<TakenAway | null> {
  const { tx, audit } = change;
  const factors = createSecondFactorRepository(tx);
  await factors.hold(user.id);
  const { hasAuthenticator, hasPasskeys } = await factors.find(user.id);
  if (!hasAuthenticator && !hasPasskeys) return null;
  await createTotpRepository(tx).delete(user.id);
  const passkeys = await createPasskeyRepository(tx, user.id).deleteAll();
  await createRecoveryCodeRepository(tx).replaceAll(user.id, []);
  await createPendingLoginRepository(tx).deleteAllOfUser(user.id);
  const sessions = await createSessionRepository(tx).endAllOfUser(user.id);
  audit({
    action: 'second_factor.reset',
    ...ofAccount(user),
    changes: {
      authenticator: { from: hasAuthenticator, to: false },
      passkeys: { from: passkeys, to: 0 },
      sessions: { from: sessions, to: 0 },
    },
  });
  return { hadAuthenticator: hasAuthenticator, passkeys, sessions };
}
