/** argon2id verifications and nothing else, as many at once as the service allows itself. */
import argon2 from 'argon2';

const secret = Buffer.from(process.env.PEPPER, 'base64');
const concurrency = Number(process.env.CONCURRENCY);
let hashes = [];

process.on('disconnect', () => process.exit(0));
process.on('message', (message) => {
  if (message.hashes) {
    hashes = message.hashes;
    process.send({ result: hashes.length });
  } else {
    run(message).then((result) => process.send({ result }));
  }
});

async function run({ amount }) {
  let next = 0;
  const work = async () => {
    while (next < amount) {
      const { hash, plain } = hashes[next++ % hashes.length];
      if (!(await argon2.verify(hash, plain, { secret }))) throw new Error('a hash does not match');
    }
  };
  const startedAt = performance.now();
  await Promise.all(Array.from({ length: concurrency }, work));
  const seconds = (performance.now() - startedAt) / 1000;
  return { requests: amount, seconds, perSecond: amount / seconds, p50Ms: 0, p99Ms: 0, statuses: {}, failures: 0 };
}
