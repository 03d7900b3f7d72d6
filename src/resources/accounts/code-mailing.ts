import type { Change } from '../../changes/change-runner.ts';
import type { MailMessage } from '../../mail/rendering.ts';
import type { Outbox } from '../../mail/outbox.ts';
import { createOneTimeCodeRepository } from './one-time-code-repository.ts';
import type { CodeKey } from './one-time-code-repository.ts';
import { CODE_TTL_SECONDS, codeLimits, makeDecoyDigest } from './one-time-codes.ts';

export interface CodeMailing {
  key: CodeKey;
  /** Of the code in the mail; null where there is no code in it. */
  digest: string | null;
  /** Null where nobody is to be mailed. */
  message: MailMessage | null;
  /** How long ago the last one must have been asked for. */
  cooldownSeconds: number;
}

/**
 * The one way to a mail with a code, or to one that stands in its place: as far as the email's cooldown and its number of
 * mails allow. Beyond that number nobody is mailed, and the last code stays. All do the same work.
 * @returns false when the cooldown is still running; nothing was changed then
 */
export async function mailCode(change: Change, outbox: Outbox, mailing: CodeMailing): Promise<boolean> {
  const { key, digest, message, cooldownSeconds } = mailing;
  const codes = createOneTimeCodeRepository(change.tx);
  if (!(await codes.beginCooldown(key, cooldownSeconds))) return false;
  const isMailed = message !== null;
  const code = { ...key, digest: digest ?? makeDecoyDigest(), isMailed, limits: codeLimits };
  const isReplaced = await codes.replace(code);
  await outbox.owe(change, isReplaced ? message : null, { ttlSeconds: CODE_TTL_SECONDS });
  return true;
}
