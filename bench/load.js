/**
 * The load generator: one process, told by its parent over IPC what to send.
 *
 * Every connection has credentials of its own, so that no two requests under way carry the same one.
 */
import autocannon from 'autocannon';

process.on('disconnect', () => process.exit(0));
process.on('message', (job) => {
  run(job).then(
    (result) => process.send({ result }),
    (err) => process.send({ error: String(err?.stack ?? err) }),
  );
});

function run({ url, requests, connections, seconds, amount, ratePerSecond }) {
  const size = Math.floor(requests.length / connections);
  const slices = Array.from({ length: connections }, (_, index) => requests.slice(index * size, (index + 1) * size));
  const latencies = [];
  const okLatencies = [];
  const statuses = {};
  let lastAt = 0;
  return new Promise((resolve, reject) => {
    let next = 0;
    const options = {
      url,
      connections,
      requests: [requests[0]],
      setupClient: (client) => client.setRequests(slices[next++ % connections]),
      timeout: 30,
      ...(amount === undefined ? { duration: seconds } : { amount }),
      ...(ratePerSecond === undefined ? {} : { overallRate: ratePerSecond, ignoreCoordinatedOmission: true }),
    };
    const startedAt = performance.now();
    const instance = autocannon(options, (err, result) => {
      if (err) {
        reject(err);
        return;
      }
      latencies.sort((a, b) => a - b);
      okLatencies.sort((a, b) => a - b);
      const elapsedSeconds = (lastAt - startedAt) / 1000;
      resolve({
        requests: latencies.length,
        seconds: elapsedSeconds,
        perSecond: latencies.length / elapsedSeconds,
        p50Ms: percentile(latencies, 0.5),
        p99Ms: percentile(latencies, 0.99),
        ok: {
          perSecond: okLatencies.length / elapsedSeconds,
          p50Ms: percentile(okLatencies, 0.5),
          p99Ms: percentile(okLatencies, 0.99),
        },
        statuses,
        failures: result.errors + result.timeouts,
      });
    });
    instance.on('response', (_client, status, _bytes, latencyMs) => {
      lastAt = performance.now();
      latencies.push(latencyMs);
      if (status >= 200 && status < 300) okLatencies.push(latencyMs);
      statuses[status] = (statuses[status] ?? 0) + 1;
    });
  });
}

function percentile(sorted, share) {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}
