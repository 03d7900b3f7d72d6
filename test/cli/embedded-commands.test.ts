import { rename, stat } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { lockDataDir } from '../../src/embedded/embedded-lock.ts';
import { runCommand, runInstalled, startCommand } from '../support/command-line.ts';
import { isRunning, readServerPid, until } from '../support/embedded-service.ts';
import { makeEmail, PASSWORD } from '../support/factories.ts';
import { makeServicePlace } from '../support/service-process.ts';
import { logIn, verify } from '../support/service-user.ts';

interface Made {
  application: { api_key: string };
}

const isThere = (path: string) =>
  stat(path).then(
    () => true,
    () => false,
  );

void t.test('without DATABASE_URL the commands work on the embedded database', async (t) => {
  const { dataDir, launch } = await makeServicePlace(t);
  const env = { LATCHKEY_DATA_DIR: dataDir, LOG_LEVEL: 'error' };
  const createOwner = async (email: string) =>
    runInstalled(['create-owner', email, '--password-stdin', '--json'], { env, input: PASSWORD });
  const [before, meanwhile] = [makeEmail(), makeEmail()];

  await t.test('before the service has ever started, and leave nothing running', async (t) => {
    const { code, stderr } = await createOwner(before);
    t.same({ code, stderr }, { code: 0, stderr: '' });
    t.equal(await isThere(join(dataDir, 'postgres.lock')), false);
    await t.rejects(readServerPid(dataDir), { code: 'ENOENT' });
    t.match(await runInstalled(['migrate'], { env }), { code: 0, stdout: 'The schema is up to date\n' });
  });

  await t.test('while the service runs, beside it', async (t) => {
    const service = launch({});
    const origin = await service.listening();
    t.equal((await logIn(origin, before)).status, 200);
    const { code, stdout } = await createOwner(meanwhile);
    t.equal(code, 0);
    const document = JSON.parse(stdout) as Made;
    t.equal((await logIn(origin, meanwhile)).status, 200);
    t.equal(await verify(origin, document.application.api_key), 200);
    const doctor = await runInstalled(['doctor'], { env });
    t.equal(doctor.code, 0, doctor.stdout);
    t.match(doctor.stdout, /^ok {4}keys +the master key opens all 2 stored ones$/m);
    const server = await readServerPid(dataDir);
    service.kill('SIGTERM');
    t.equal(await service.ended(), 0);
    t.equal(await isRunning(server), false, 'the server was the service’s all the time');
  });

  await t.test('after a kill -9 of the service, whose server still runs', async (t) => {
    const service = launch({});
    await service.listening();
    const orphan = await readServerPid(dataDir);
    service.kill('SIGKILL');
    t.equal(await service.ended(), 'SIGKILL');
    t.equal((await createOwner(makeEmail())).code, 0);
    t.equal(await isRunning(orphan), false);
  });

  await t.test('and end the database they started when they are interrupted', async (t) => {
    const path = join(dataDir, 'secrets.jsonl');
    const args = ['seed', '--organizations', '100', '--api-clients', '1000', '--secrets-file', path, '--yes'];
    const command = await startCommand(args, { env });
    await until(() => isThere(path));
    const server = await readServerPid(dataDir);
    command.kill('SIGINT');
    t.match(await command.ended(), { code: 1, stderr: 'latchkey seed was interrupted\n' });
    t.equal(await isRunning(server), false);
  });

  await t.test('a data dir whose database is not ready is one sentence', async (t) => {
    const lock = await lockDataDir(dataDir);
    const { code, stdout, stderr } = await runInstalled(['migrate'], { env });
    await lock.release();
    t.same({ code, stdout }, { code: 1, stdout: '' });
    t.match(stderr, /^The data dir \S+ is in use by another process, and its database is not ready: [^\n]*\n$/);
  });

  await t.test('a master key that is gone from the data dir is found by the doctor', async (t) => {
    await rename(join(dataDir, 'master-key'), join(dataDir, 'mislaid'));
    const { code, stdout } = await runInstalled(['doctor'], { env });
    t.equal(code, 1);
    t.match(stdout, /^fail {2}keys +there is no \S+\/master-key: put back the one of this data dir$/m);
    t.equal(await isThere(join(dataDir, 'master-key')), false, 'and not replaced');
    await rename(join(dataDir, 'mislaid'), join(dataDir, 'master-key'));
    t.equal((await runInstalled(['doctor'], { env })).code, 0);
  });
});

void t.test('in production there is no embedded database', async (t) => {
  const { code, stderr } = await runCommand(['migrate'], { env: { NODE_ENV: 'production' } });
  t.equal(code, 1);
  t.match(stderr, /^- DATABASE_URL is required with NODE_ENV=production: /m);
});
