import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import t from 'tap';
import { makeDeployment, runInstalled, startCommand } from '../support/command-line.ts';
import { call, LISTENING } from '../support/service-process.ts';
import type { LogLine } from '../support/service-process.ts';
import { plantKeys } from '../support/signing-keys.ts';

void t.test('serve is the service: it says where it listens, answers, and ends with SIGTERM', async (t) => {
  const env = { ...(await makeDeployment(t)), LOG_LEVEL: 'info', PORT: '0' };
  const command = await startCommand(['serve'], { env });
  await command.shows(/Latchkey is listening on /);
  const lines = () =>
    command
      .stdout()
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as LogLine);
  const [origin = ''] = lines().flatMap(({ msg }) => LISTENING.exec(msg)?.[1] ?? []);
  t.equal((await call(origin, '/readyz')).status, 200);
  command.kill('SIGTERM');
  const { code, stderr } = await command.ended();
  t.same({ code, stderr }, { code: 0, stderr: '' });
  t.equal(lines().at(-1)?.msg, 'stopped');
});

void t.test('a bad start is one sentence and exit code 1', async (t) => {
  const env = await makeDeployment(t);
  await plantKeys(env);
  const taker = createServer().listen(0, '127.0.0.1');
  await once(taker, 'listening');
  t.teardown(() => taker.close());
  const port = String((taker.address() as AddressInfo).port);
  t.same(await runInstalled(['serve'], { env: { ...env, PORT: port } }), {
    code: 1,
    stdout: '',
    stderr: `The service cannot listen on port ${port} of 127.0.0.1: another program does; end that one, or choose another PORT\n`,
  });
});
