import { createDb, createPool } from '../../src/db/client.ts';
import { createOutbox } from '../../src/mail/outbox.ts';
import { createNoTransport } from '../../src/mail/transport.ts';
import { captureLog, mailTo, only, openTransport, testMasterKey } from './outbox.ts';

// A process that owes a mail to the address it is given and either waits or tries to send it, until it is killed.
const [databaseUrl = '', smtpUrl = '', address = ''] = process.argv.slice(2);
const { log } = captureLog();
const db = createDb(createPool({ databaseUrl, poolMax: 2 }));
const transport = smtpUrl === 'none' ? createNoTransport(log) : openTransport(smtpUrl);
const outbox = createOutbox({ db, masterKey: testMasterKey, transport, log, leaseMs: 400, sendTimeoutMs: 60_000 });
await db.transaction((tx) => outbox.owe(only(tx), mailTo(address), { ttlSeconds: 600 }));
process.stdout.write('committed\n');
if (smtpUrl !== 'none') outbox.wake();
setInterval(() => undefined, 60_000);
