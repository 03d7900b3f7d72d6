/**
 * The load generator: one process, told by its parent over IPC what to send.
 *
 * Every connection has credentials of its own, so that no two requests under way carry the same one.
 */
import { Agent, request } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import autocannon from 'autocannon';

const TIMEOUT_SECONDS = 30;

process.on('disconnect', () => process.exit(0));
process.on('message', (job) => {
  run(job).then(
    (result) => process.send({ result }),
    (err) => process.send({ error: String(err?.stack ?? err) }),
  );
});

/** As fast as the connections allow, or at a rate. */
function run(job) {
  return job.ratePerSecond === undefined ? runFreely(job) : runPaced(job);
}

function runFreely({ url, requests, connections, seconds, amount }) {
  const size = Math.floor(requests.length / connections);
  const slices = Array.from({ length: connections }, (_, index) => requests.slice(index * size, (index + 1) * size));
  const answers = collectAnswers();
  return new Promise((resolve, reject) => {
    let next = 0;
    const options = {
      url,
      connections,
      requests: [requests[0]],
      setupClient: (client) => client.setRequests(slices[next++ % connections]),
      timeout: TIMEOUT_SECONDS,
      ...(amount === undefined ? { duration: seconds } : { amount }),
    };
    const instance = autocannon(options, (err, result) => {
      if (err) reject(err);
      else resolve(answers.sum(result.errors + result.timeouts));
    });
    instance.on('response', (_client, status, _bytes, latencyMs) => answers.add(status, latencyMs));
  });
}

/**
 * Evenly spaced, whatever the answers do; a latency counts from when its request was due. autocannon sends what a second
 * may have at the second's start, from all connections at once: that measures a burst.
 */
async function runPaced({ url, requests, connections, seconds, amount, ratePerSecond }) {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const total = amount ?? Math.floor(seconds * ratePerSecond);
  const answers = collectAnswers();
  const startedAt = performance.now();
  const underWay = [];
  let failures = 0;
  while (underWay.length < total) {
    const dueAt = startedAt + (underWay.length * 1000) / ratePerSecond;
    const waitMs = dueAt - performance.now();
    if (waitMs > 0) await wait(waitMs);
    const sent = send(agent, url, requests[underWay.length % requests.length]);
    underWay.push(
      sent.then(
        (status) => answers.add(status, performance.now() - dueAt),
        () => (failures += 1),
      ),
    );
  }
  await Promise.all(underWay);
  agent.destroy();
  return answers.sum(failures);
}

/** @returns the status, once the body is read */
function send(agent, url, { method, path, headers, body }) {
  return new Promise((resolve, reject) => {
    const sent = request(
      new URL(path, url),
      { agent, method, headers, timeout: TIMEOUT_SECONDS * 1000 },
      (response) => {
        response.resume().once('error', reject);
        response.once('end', () => resolve(response.statusCode));
      },
    );
    sent.once('error', reject);
    sent.once('timeout', () => sent.destroy(new Error('no answer in time')));
    sent.end(body);
  });
}

function collectAnswers() {
  const startedAt = performance.now();
  const latencies = [];
  const okLatencies = [];
  const statuses = {};
  let lastAt = startedAt;
  return {
    add(status, latencyMs) {
      lastAt = performance.now();
      latencies.push(latencyMs);
      if (status >= 200 && status < 300) okLatencies.push(latencyMs);
      statuses[status] = (statuses[status] ?? 0) + 1;
    },
    sum(failures) {
      const seconds = (lastAt - startedAt) / 1000;
      const ok = describe(okLatencies, seconds);
      return { requests: latencies.length, seconds, ...describe(latencies, seconds), ok, statuses, failures };
    },
  };
}

function describe(latencies, seconds) {
  latencies.sort((a, b) => a - b);
  const [p50Ms, p99Ms] = [percentile(latencies, 0.5), percentile(latencies, 0.99)];
  return { perSecond: latencies.length / seconds, p50Ms, p99Ms };
}

function percentile(sorted, share) {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}
