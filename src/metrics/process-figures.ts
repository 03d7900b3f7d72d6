import { monitorEventLoopDelay } from 'node:perf_hooks';
import { collectDefaultMetrics, Registry } from 'prom-client';
import { FastHistogram } from './instruments.ts';

const RESOLUTION_MS = 10;
const WINDOW_MS = 1_000;
const DELAY_BOUNDS_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5];

let registry: Registry | undefined;

/**
 * What is known of the process itself, from the first call on: who is never scraped pays nothing. One for all apps in the
 * process, because its monitors cannot be stopped again.
 */
export function processFigures(): Registry {
  if (registry === undefined) {
    registry = new Registry();
    collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: WINDOW_MS });
    // prom-client starts anew at each scrape, so that two who scrape take each other's figures away.
    for (const { name } of registry.getMetricsAsArray()) {
      if (name.startsWith('nodejs_eventloop_lag')) registry.removeSingleMetric(name);
    }
    observeEventLoop(registry);
  }
  return registry;
}

/**
 * Notes each second how long the event loop kept somebody waiting at most. What begins within the first tick of a
 * second is not seen: one delay in a hundred.
 */
function observeEventLoop(registry: Registry): void {
  const longest = new FastHistogram(
    registry,
    { name: 'latchkey_event_loop_delay_seconds', help: 'The longest delay of the event loop in each second.' },
    DELAY_BOUNDS_SECONDS,
  ).bind();
  const delays = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  delays.enable();
  setInterval(() => {
    // What is recorded is the time from one tick to the next.
    longest.observe(Math.max(0, delays.max / 1e9 - RESOLUTION_MS / 1e3));
    delays.reset();
  }, WINDOW_MS).unref();
}
