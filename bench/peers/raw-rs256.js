/** Synchronous RS256 signatures with a 2048-bit key and nothing else. */
import { generateKeyPairSync, sign } from 'node:crypto';

const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const BATCH = 50;

process.on('disconnect', () => process.exit(0));
process.on('message', ({ seconds }) => {
  const text = Buffer.alloc(700, 'a');
  const startedAt = performance.now();
  let count = 0;
  let elapsed = 0;
  while (elapsed < seconds) {
    for (let index = 0; index < BATCH; index++) sign('RSA-SHA256', text, privateKey);
    count += BATCH;
    elapsed = (performance.now() - startedAt) / 1000;
  }
  process.send({
    result: {
      requests: count,
      seconds: elapsed,
      perSecond: count / elapsed,
      p50Ms: 0,
      p99Ms: 0,
      statuses: {},
      failures: 0,
    },
  });
});
