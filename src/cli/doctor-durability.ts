import type pg from 'pg';
import type { Verdict } from './doctor-rules.ts';

/** Settings of Postgres by which an answered change is kept, as they hold for the service. */
interface DurabilitySettings {
  fsync: string;
  full_page_writes: string;
  synchronous_commit: string;
  synchronous_standby_names: string;
}

/** Looks at what holds for the role and the database that the service uses. */
export async function examineDurability(client: pg.Client): Promise<Verdict> {
  const { rows } = await client.query<DurabilitySettings>(
    `select current_setting('fsync') as fsync, current_setting('full_page_writes') as full_page_writes,
      current_setting('synchronous_commit') as synchronous_commit,
      current_setting('synchronous_standby_names') as synchronous_standby_names`,
  );
  const [settings] = rows;
  if (settings === undefined) throw new Error('the server said nothing of its settings');
  return judgeDurability(settings);
}

/** What is answered before it is kept can be taken back by a crash, and a revoked secret is good again then. */
export function judgeDurability(settings: DurabilitySettings): Verdict {
  const careless = (['fsync', 'full_page_writes', 'synchronous_commit'] as const).filter(
    (name) => settings[name] === 'off',
  );
  if (careless.length > 0) {
    const names = careless.map((name) => `${name} is off`).join(', ');
    const what = `${names}: a crash of the server may take back what was answered, revocations among it; set it on`;
    return { status: 'warn', what };
  }
  if (settings.synchronous_standby_names === '') return { status: 'ok', what: 'what is answered is on disk' };
  if (settings.synchronous_commit === 'local') {
    const what =
      'synchronous_commit is local, so that nobody waits for the standbys of synchronous_standby_names: a failover may ' +
      'take back what was answered, revocations among it; set it on';
    return { status: 'warn', what };
  }
  return { status: 'ok', what: `what is answered is on disk, and on standbys (${settings.synchronous_standby_names})` };
}
