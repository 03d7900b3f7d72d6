import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { getPriority } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { lowerPoolPriority, POOL_NICE } from '../../src/secrets/pool-priority.ts';

/** A folder as the kernel makes it, with threads of these names. */
async function makeTasks(dir: string, names: Record<number, string>): Promise<string> {
  for (const [id, name] of Object.entries(names)) {
    await mkdir(join(dir, id));
    await writeFile(join(dir, id, 'comm'), `${name}\n`);
  }
  return dir;
}

void t.test('the threads of the pool yield to everything else, and no other thread does', async (t) => {
  const pool = spawn('sleep', ['60']);
  const other = spawn('sleep', ['60']);
  t.teardown(async () => {
    for (const child of [pool, other]) {
      child.kill();
      await once(child, 'exit');
    }
  });
  const usual = getPriority(other.pid);
  const tasks = await makeTasks(t.testdir(), { [pool.pid!]: 'libuv-worker', [other.pid!]: 'V8Worker' });
  t.equal(await lowerPoolPriority(tasks), 1);
  t.same([getPriority(pool.pid), getPriority(other.pid)], [POOL_NICE, usual]);
});

void t.test('a thread that has ended meanwhile is passed over', async (t) => {
  const ended = spawn('true');
  await once(ended, 'exit');
  const tasks = await makeTasks(t.testdir(), { [ended.pid!]: 'libuv-worker' });
  // One whose folder is empty by now.
  await mkdir(join(tasks, '1'));
  t.equal(await lowerPoolPriority(tasks), 0);
});

void t.test('where there is no such list nothing is changed', async (t) => {
  t.equal(await lowerPoolPriority(join(t.testdir(), 'nowhere')), 0);
});
