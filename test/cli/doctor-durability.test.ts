import t from 'tap';
import { judgeDurability } from '../../src/cli/doctor-durability.ts';

void t.test(
  'a server that answers before it has kept what it answers is a warning that names the setting',
  async (t) => {
    const kept = { fsync: 'on', full_page_writes: 'on', synchronous_commit: 'on', synchronous_standby_names: '' };
    const judge = (changes: Partial<typeof kept>) => judgeDurability({ ...kept, ...changes });
    t.same(judge({}), { status: 'ok', what: 'what is answered is on disk' });
    for (const name of ['fsync', 'full_page_writes', 'synchronous_commit']) {
      t.match(judge({ [name]: 'off' }), { status: 'warn', what: new RegExp(`^${name} is off: .*revocations`) });
    }
    t.match(judge({ fsync: 'off', synchronous_commit: 'off' }).what, /^fsync is off, synchronous_commit is off: /);

    const replicated = { synchronous_standby_names: 'ANY 1 (b, c)' };
    t.match(judge(replicated), { status: 'ok', what: /standbys \(ANY 1 \(b, c\)\)$/ });
    t.equal(judge({ ...replicated, synchronous_commit: 'remote_apply' }).status, 'ok');
    t.match(judge({ ...replicated, synchronous_commit: 'local' }), { status: 'warn', what: /failover/ });
    t.equal(judge({ synchronous_commit: 'local' }).status, 'ok', 'there is nobody to wait for');
  },
);
