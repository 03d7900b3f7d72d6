// A mail server on a free port of 127.0.0.1 that keeps mails where the service keeps them without one:
// tsx test/image/mail-outbox.ts DIRECTORY. Prints its port, and ends on SIGTERM.
import { randomUUID } from 'node:crypto';
import { rename, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { SMTPServer } from 'smtp-server';

const [directory = ''] = process.argv.slice(2);

const server = new SMTPServer({
  disabledCommands: ['AUTH', 'STARTTLS'],
  disableReverseLookup: true,
  onData(stream, _session, callback) {
    void buffer(stream)
      .then(keep)
      .then(() => {
        callback();
      }, callback);
  },
});

/** The files sort by time, and none is seen before it is whole. */
async function keep(mail: Buffer): Promise<void> {
  const file = join(directory, `${new Date().toISOString()}-${randomUUID()}`);
  await writeFile(`${file}.part`, mail);
  await rename(`${file}.part`, `${file}.eml`);
}

const listener = server.listen(0, '127.0.0.1', () => {
  console.log((listener.address() as AddressInfo).port);
});
