import type { Change } from '../../changes/change-runner.ts';
import { createLoginFailureRepository } from './login-failure-repository.ts';
import type { LoginAttempt } from './login-failure-repository.ts';
import { createLoginSourceRepository } from './login-source-repository.ts';

/**
 * Forgets what failed from a source before somebody proved all there is to prove, and knows the source from then on; both with
 * the commit. Of who has a second factor the password alone is not all: else who has the password could guess on before each
 * lock.
 */
export function trustSource(
  { tx, atEnd }: Change,
  { attempt, account }: { attempt: LoginAttempt; account: { id: string } },
): void {
  atEnd(() =>
    Promise.all([
      createLoginFailureRepository(tx).clear(attempt),
      createLoginSourceRepository(tx).upsert(account.id, attempt.source),
    ]),
  );
}
