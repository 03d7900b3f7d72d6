/**
 * Loaded before the service: takes a CPU profile from one SIGWINCH to the next, which means nothing to it otherwise, and
 * writes it to PROFILE_FILE.
 */
import { writeFileSync } from 'node:fs';
import { Session } from 'node:inspector';

const INTERVAL_US = 200;

const session = new Session();
session.connect();
session.post('Profiler.enable');
session.post('Profiler.setSamplingInterval', { interval: INTERVAL_US });
let isRunning = false;
process.on('SIGWINCH', () => {
  if (!isRunning) session.post('Profiler.start');
  else
    session.post('Profiler.stop', (_err, { profile }) =>
      writeFileSync(process.env.PROFILE_FILE, JSON.stringify(profile)),
    );
  isRunning = !isRunning;
});
