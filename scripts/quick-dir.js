// Prints where temporary files cost least: where the user says, or else in memory where there is plenty of it. ext4 makes
// files of databases that tests make and drop by the hundred dear: for each new one it looks through all inodes that were
// freed within the last minute (`recently_deleted` in fs/ext4/ialloc.c).
import { readFileSync, statfsSync } from 'node:fs';
import { freemem, tmpdir } from 'node:os';

const SHARED_MEMORY = '/dev/shm';
/** As much room as a run may need, and as much free memory behind it. */
const BYTES_MIN = 8 * 2 ** 30;

console.log(process.env.TMPDIR || (isRoomy() ? SHARED_MEMORY : tmpdir()));

function isRoomy() {
  try {
    const mounts = readFileSync('/proc/mounts', 'utf8').split('\n');
    const mount = mounts.map((line) => line.split(' ')).findLast(([, place]) => place === SHARED_MEMORY);
    const [, , type, options] = mount ?? [];
    // Servers and whole systems of containers are run from there.
    if (type !== 'tmpfs' || /\b(?:noexec|nodev|nosuid)\b/.test(options)) return false;
    const { bavail, bsize } = statfsSync(SHARED_MEMORY);
    return bavail * bsize >= BYTES_MIN && freemem() >= BYTES_MIN;
  } catch {
    return false;
  }
}
