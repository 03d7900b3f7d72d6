import type { Change } from '../../changes/change-runner.ts';
import { AppError } from '../../errors.ts';
import type { Outbox } from '../../mail/outbox.ts';
import { UnsealError } from '../../master-key/master-key.ts';
import type { MasterKey } from '../../master-key/master-key.ts';
import { findTotpStep, TOTP_CODE } from '../../rules/totp.ts';
import { ofAccount } from '../accounts/account-audit.ts';
import type { AuditedUser } from '../accounts/account-audit.ts';
import { digestRecoveryCode } from './recovery-codes.ts';
import { createRecoveryCodeRepository } from './recovery-code-repository.ts';
import { createNotices } from './second-factor-notices.ts';
import { createTotpRepository } from './totp-repository.ts';
import type { StoredTotp } from './totp-repository.ts';

export interface SecondFactorCodesOptions {
  masterKey: MasterKey;
  outbox: Outbox;
  publicUrl: string;
}

/** What a code turned out to be. */
export type CodeKind = 'totp' | 'recovery_code';

/** The codes that people type: of an authenticator app, or for whoever has lost it. */
export interface SecondFactorCodes {
  /**
   * Spends a code of a user as part of a change; null for one that is wrong or spent. Of many uses at the same time, over
   * all processes, one is told what it was.
   * @throws AppError `overloaded` in a process that does not know the master key yet: the next one may
   */
  spend: (change: Change, user: AuditedUser, code: string) => Promise<CodeKind | null>;
  /** The step of a code of an authenticator; undefined for a wrong one. @throws AppError as `spend` does */
  findStep: (stored: StoredTotp, code: string) => number | undefined;
}

export function createSecondFactorCodes(options: SecondFactorCodesOptions): SecondFactorCodes {
  const { masterKey } = options;
  const notices = createNotices(options);

  function findStep({ sealedSecret, lastStep, nowSeconds }: StoredTotp, code: string): number | undefined {
    return findTotpStep({ secret: unseal(masterKey, sealedSecret), lastStep }, code, nowSeconds);
  }

  async function spendTotp({ tx }: Change, userId: string, code: string): Promise<boolean> {
    const repository = createTotpRepository(tx);
    const stored = await repository.findConfirmed(userId);
    const step = stored === null ? undefined : findStep(stored, code);
    return step !== undefined && (await repository.spendStep(userId, step));
  }

  async function spendRecoveryCode(change: Change, user: AuditedUser, code: string): Promise<boolean> {
    const repository = createRecoveryCodeRepository(change.tx);
    if (!(await repository.spend(user.id, digestRecoveryCode(masterKey, user.id, code)))) return false;
    const left = await repository.count(user.id);
    change.audit({ action: 'recovery_code.use', ...ofAccount(user), changes: { left: { from: left + 1, to: left } } });
    await notices.owe(change, user, { kind: 'recovery code used', left });
    return true;
  }

  return {
    async spend(change, user, typed) {
      const code = typed.replaceAll(/\s/g, '');
      const isTotp = TOTP_CODE.test(code);
      const isSpent = await (isTotp ? spendTotp(change, user.id, code) : spendRecoveryCode(change, user, code));
      if (!isSpent) return null;
      return isTotp ? 'totp' : 'recovery_code';
    },
    findStep,
  };
}

function unseal(masterKey: MasterKey, sealedSecret: string): string {
  try {
    return masterKey.unseal('totp', sealedSecret);
  } catch (cause) {
    if (!(cause instanceof UnsealError)) throw cause;
    throw new AppError('overloaded', { cause, reason: 'the secret of an authenticator cannot be opened' });
  }
}
