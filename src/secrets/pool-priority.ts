import { readdir, readFile } from 'node:fs/promises';
import { setPriority } from 'node:os';

/** What argon2 yields by: about a tenth of the weight of everything else, so that it is never starved. */
export const POOL_NICE = 10;

/** libuv names its threads since 1.50, so Node does since 24. */
const POOL_THREAD = 'libuv-worker\n';

/**
 * Lowers the priority of libuv's pool, where argon2 runs, on Linux: on a machine whose processors are all busy hashing,
 * the event loop and Postgres go first, so that checks of secrets stay fast. Where the processors are not busy nothing
 * changes. A thread that cannot be told by its name, or whose priority may not be changed, stays as it is.
 * @param tasks where the kernel lists the threads of this process
 * @returns how many threads have yielded
 */
export async function lowerPoolPriority(tasks = '/proc/self/task'): Promise<number> {
  let lowered = 0;
  // Reading the folder is the pool's own work, so its threads are there by then.
  for (const id of await readdir(tasks).catch(() => [])) {
    const name = await readFile(`${tasks}/${id}/comm`, 'utf8').catch(() => '');
    if (name === POOL_THREAD && lower(Number(id))) lowered += 1;
  }
  return lowered;
}

function lower(id: number): boolean {
  try {
    setPriority(id, POOL_NICE);
    return true;
  } catch {
    return false;
  }
}
