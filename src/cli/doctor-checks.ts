import type { Shell } from './command-line.ts';
import { checkClock, checkDatabase, checkMigrations, checkVersion } from './doctor-database.ts';
import { examineDurability } from './doctor-durability.ts';
import { checkMail } from './doctor-mail.ts';
import { requirePresent } from './doctor-patient.ts';
import type { Patient } from './doctor-patient.ts';
import { judgeReplica } from './doctor-replica.ts';
import type { Check, Verdict } from './doctor-rules.ts';
import { checkKeys, checkPermissions, checkSecrets } from './doctor-secrets.ts';
import { checkSettings } from './doctor-settings.ts';

const CHECK_TIMEOUT_MS = 15_000;
/** An embedded database may have a crash to recover from. */
const START_TIMEOUT_MS = 150_000;

/** The checks of the doctor, and what closes all they opened. */
export function createChecks(shell: Shell): { checks: Check[]; close: () => Promise<void> } {
  const patient: Patient = { ...shell, config: undefined, client: undefined, masterKey: undefined, undo: [] };
  const check = (name: string, needs: string[], run: (patient: Patient) => Promise<Verdict>): Check => ({
    name,
    needs,
    timeoutMs: name === 'database' ? START_TIMEOUT_MS : CHECK_TIMEOUT_MS,
    run: () => run(patient),
  });
  return {
    checks: [
      check('settings', [], checkSettings),
      check('database', ['settings'], checkDatabase),
      check('version', ['database'], checkVersion),
      check('durability', ['database'], ({ client }) => examineDurability(requirePresent(client))),
      check('clock', ['database'], checkClock),
      check('migrations', ['version'], checkMigrations),
      check('keys', ['migrations'], checkKeys),
      check('secrets', ['keys'], checkSecrets),
      check('permissions', ['migrations'], checkPermissions),
      ...(shell.env.DATABASE_READ_URL ? [check('replica', ['migrations'], checkReplica)] : []),
      check('mail', ['settings'], checkMail),
    ],
    async close() {
      for (const step of patient.undo.reverse()) await step();
    },
  };
}

function checkReplica({ client, config }: Patient): Promise<Verdict> {
  return judgeReplica(requirePresent(client), requirePresent(config));
}
