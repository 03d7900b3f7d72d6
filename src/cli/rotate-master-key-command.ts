import { HeldRowsError, resealAll } from '../master-key/reseal.ts';
import { CommandError } from './command-line.ts';
import type { Outcome, Shell } from './command-line.ts';
import { withSession } from './command-session.ts';

/** Longer than anybody holds a row. */
const PATIENCE_MS = 30_000;

/** Seals under the first master key what was sealed under the others. */
export async function rotateMasterKey(shell: Shell): Promise<Outcome> {
  return withSession(shell, async ({ db, masterKey }) => {
    const [current, ...old] = masterKey.peppers.map(({ version }) => version);
    const { signal } = shell;
    const done = await resealAll({ db, masterKey, signal, patienceMs: PATIENCE_MS }).catch((err: unknown) => {
      throw err instanceof HeldRowsError ? new CommandError(err.message) : err;
    });
    const signingKeys = done.signing_keys.resealed + done.access_token_keys.resealed;
    const { peppers, audit_cuts: auditCuts, totp_factors: authenticators, mails } = done;
    return {
      text: [
        `Sealed anew under the master key ${String(current)}: ${signingKeys} signing keys, ` +
          `${peppers.resealed} peppers, ${auditCuts.resealed} cuts of the audit trail, ${authenticators.resealed} ` +
          `authenticators, ${mails.resealed} mails.`,
        ...describeUnreadable({ mails: mails.unreadable, authenticators: authenticators.unreadable }),
        ...(old.length > 0 ? describeNext(old) : [describeSingle()]),
      ].join('\n'),
      document: {
        current_key: current,
        old_keys: old,
        resealed: {
          signing_keys: signingKeys,
          peppers: peppers.resealed,
          audit_cuts: auditCuts.resealed,
          authenticators: authenticators.resealed,
          mails: mails.resealed,
        },
        unreadable_mails: mails.unreadable,
        unreadable_authenticators: authenticators.unreadable,
      },
    };
  });
}

function describeUnreadable(unreadable: Record<string, number>): string[] {
  const left = Object.entries(unreadable).filter(([, count]) => count > 0);
  return left.map(([what, count]) => `Left alone: ${count} ${what} of a key that is not listed.`);
}

function describeNext(old: readonly string[]): string[] {
  return [
    `Secrets made under ${old.join(', ')} go on working without ${old.length === 1 ? 'that key' : 'those keys'}: what their ` +
      'hashes need is kept.',
    'Next: when every instance has been running with this list for ten minutes, start them all with the first key alone.',
    'With the old key end the codes that were mailed and the list cursors that were handed out under it, nothing else.',
  ];
}

function describeSingle(): string {
  return 'LATCHKEY_MASTER_KEY lists one key. To replace it, put a new one in front (new,old) and run this again.';
}
