import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { MasterKeyFileError, readMasterKey, readOrMakeMasterKey } from '../../src/embedded/master-key-file.ts';

async function makeDir(t: { teardown(handler: () => Promise<void>): unknown }): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'latchkey-key-'));
  t.teardown(() => rm(dir, { recursive: true }));
  return join(dir, 'data');
}

void t.test('a key is made once, for its owner alone, and read ever after', async (t) => {
  const dataDir = await makeDir(t);
  const [key, ...old] = await readOrMakeMasterKey(dataDir);
  t.equal(key.length, 32);
  t.same(old, []);
  t.same(await readOrMakeMasterKey(dataDir), [key]);
  t.same(await readdir(dataDir), ['master-key']);
  t.equal((await stat(join(dataDir, 'master-key'))).mode & 0o777, 0o600);
  t.equal(await readFile(join(dataDir, 'master-key'), 'utf8'), `${key.toString('base64')}\n`);
});

void t.test('a key that is only read is not made', async (t) => {
  const dataDir = await makeDir(t);
  t.equal(await readMasterKey(dataDir), undefined);
  await t.rejects(readdir(dataDir), { code: 'ENOENT' });
  const keys = await readOrMakeMasterKey(dataDir);
  t.same(await readMasterKey(dataDir), keys);
  await writeFile(join(dataDir, 'master-key'), 'nonsense');
  await t.rejects(readMasterKey(dataDir), MasterKeyFileError);
});

void t.test('two data dirs have two keys', async (t) => {
  const keys = await Promise.all([await makeDir(t), await makeDir(t)].map(readOrMakeMasterKey));
  t.notSame(keys[0], keys[1]);
});

void t.test('of twenty that make one at the same time, all use the same', async (t) => {
  const dataDir = await makeDir(t);
  const keys = await Promise.all(Array.from({ length: 20 }, () => readOrMakeMasterKey(dataDir)));
  t.equal(new Set(keys.map(([key]) => key.toString('hex'))).size, 1);
  t.same(await readdir(dataDir), ['master-key']);
});

void t.test('a file with old keys behind the current one gives them all', async (t) => {
  const dataDir = await makeDir(t);
  const [old] = await readOrMakeMasterKey(dataDir);
  const fresh = Buffer.alloc(32, 1);
  await writeFile(join(dataDir, 'master-key'), `${fresh.toString('base64')},${old.toString('base64')}\n`);
  t.same(await readOrMakeMasterKey(dataDir), [fresh, old]);
});

void t.test('a file without a key is refused, kept as it is, and not repeated', async (t) => {
  const dataDir = await makeDir(t);
  await mkdir(dataDir);
  const path = join(dataDir, 'master-key');
  for (const text of ['', 'hunter2\n', `${Buffer.alloc(31).toString('base64')}\n`]) {
    await writeFile(path, text);
    const err = await readOrMakeMasterKey(dataDir).catch((thrown: unknown) => thrown);
    t.ok(err instanceof MasterKeyFileError);
    t.equal((err as Error).message, `${path} does not hold a master key: put back the one this data dir was made with`);
    t.equal(await readFile(path, 'utf8'), text);
  }
});

void t.test('what the file system refuses is said with the path of the file', async (t) => {
  const dataDir = await makeDir(t);
  await mkdir(join(dataDir, 'master-key'), { recursive: true });
  await t.rejects(readOrMakeMasterKey(dataDir), {
    name: 'MasterKeyFileError',
    message: `The master key file ${join(dataDir, 'master-key')} cannot be used: EISDIR`,
  });

  const blocked = await makeDir(t);
  await writeFile(blocked, 'a file where the data dir should be');
  await t.rejects(readOrMakeMasterKey(blocked), { name: 'MasterKeyFileError', message: 'ENOTDIR' });
});
