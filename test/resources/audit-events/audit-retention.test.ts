import { pino } from 'pino';
import t from 'tap';
import { MasterKey } from '../../../src/master-key/master-key.ts';
import { createAuditRetention } from '../../../src/resources/audit-events/audit-retention.ts';
import { createAuditHeads } from '../../../src/tokens/audit-heads.ts';
import { fillChain, startKeyRing } from '../../support/audit.ts';
import { build } from '../../support/build-app.ts';
import { registerUser } from '../../support/factories.ts';

const DAY_MS = 86_400_000;

void t.test('events that are not yet old stay, and a database that fails is tried again later', async (t) => {
  const test = await build(t, { env: { AUDIT_RETENTION_DAYS: '30' } });
  t.equal(test.config.auditRetentionDays, 30);
  const { organizationId: id } = await registerUser(test);
  const lines: string[] = [];
  const log = pino({ level: 'info' }, { write: (line: string) => void lines.push(line) });
  const keyRing = await startKeyRing(t, test);
  const heads = createAuditHeads({ keyRing, clock: { now: Date.now }, issuer: test.config.publicUrl });
  const masterKey = new MasterKey(test.config.masterKeys);
  const after = (days: number) => ({ now: () => Date.now() + days * DAY_MS });
  const { db } = test.app;
  const cutAfter = (days: number) =>
    createAuditRetention({ db, log, heads, masterKey, clock: after(days), days: 30 })(new AbortController().signal);
  const count = async () => (await test.query('select from audit_events where chain_id = $1', [id])).length;

  await cutAfter(29);
  t.equal(await count(), 2);
  await test.query('alter table audit_cuts rename to audit_cuts_away');
  await cutAfter(31);
  t.match(lines.join(''), 'old audit events could not be cut away; trying again later');
  t.equal(await count(), 2);
  await test.query('alter table audit_cuts_away rename to audit_cuts');
  await cutAfter(31);
  t.equal(await count(), 0);
  t.match(lines.join(''), 'old audit events were cut away');
  await fillChain(db, { type: 'organization', id }, 1);
  t.same(await test.query('select sequence from audit_events where chain_id = $1', [id]), [{ sequence: '3' }]);
});
