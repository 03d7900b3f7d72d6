import type { Change } from '../../changes/change-runner.ts';
import { createLoginFailureRepository } from './login-failure-repository.ts';
import type { LoginAttempt } from './login-failure-repository.ts';
import { createLoginSourceRepository } from './login-source-repository.ts';

/**
 * Forgets what failed from a source before somebody proved all there is to prove, and knows the source from then on. Of who
 * has a second factor the password alone is not all: else who has the password could guess on before each lock.
 */
export async function trustSource(
  { tx }: Change,
  { attempt, account }: { attempt: LoginAttempt; account: { id: string } },
): Promise<void> {
  await createLoginFailureRepository(tx).clear(attempt);
  await createLoginSourceRepository(tx).upsert(account.id, attempt.source);
}
