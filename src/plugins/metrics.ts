import { Type } from 'typebox';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { FastifyInstance } from 'fastify';
import fp from 'fastify-plugin';
import { Registry } from 'prom-client';
import { createMailRepository } from '../mail/mail-repository.ts';
import type { MailFigures } from '../mail/mail-attempt.ts';
import { countChecks } from '../metrics/check-figures.ts';
import type { CheckFigures } from '../metrics/check-figures.ts';
import { addCounter, addGauge } from '../metrics/instruments.ts';
import { addOutboxFigures, countMails } from '../metrics/mail-figures.ts';
import { processFigures } from '../metrics/process-figures.ts';
import { measureRequests } from '../metrics/request-figures.ts';
import type { ObserveRequest } from '../metrics/request-figures.ts';
import {
  addBreakerFigures,
  addClockFigures,
  addGateFigures,
  addPoolFigures,
  countNearReads,
  countReaderWaits,
  countStateReads,
} from '../metrics/service-figures.ts';
import type { Argon2Gate } from '../secrets/argon2-gate.ts';
import type { NearFigures } from '../secrets/near-states.ts';
import type { StateFigures } from '../secrets/state-reader.ts';
import { perAddress } from './rate-limit.ts';

declare module 'fastify' {
  interface FastifyInstance {
    metrics: Metrics;
  }
}

/** The figures of one app: what is told of, what is watched, and all of it as text. */
export interface Metrics {
  checks: CheckFigures;
  states: StateFigures;
  near: NearFigures;
  /** Undefined where anybody can read the metrics: whether a mail was sent tells whether an email has an account. */
  mails: MailFigures | undefined;
  observeRequest: ObserveRequest;
  watchGate: (gate: Argon2Gate) => void;
  contentType: string;
  /** The Prometheus text format. Scrapes at the same time share one reading. */
  read: () => Promise<string>;
}

export interface MetricsOptions {
  version: string;
  /**
   * Whether only the operator can read the metrics. If not, they hold nothing of what no answer of the service tells:
   * why a credential was refused, which mails were sent, and what the process is busy with: a connection more, to the
   * mail server, tells whether an email has an account.
   */
  isPrivate: boolean;
  /** How many lines of the log could not be written; undefined where nobody counts. */
  lostLogLines: () => number | undefined;
}

/** Measures what the app does. Registered before every route, because it observes them all. */
export const metrics = fp<MetricsOptions>(
  async (app: FastifyInstance, { version, isPrivate, lostLogLines }) => {
    const registry = new Registry();
    addGauge(registry, { name: 'latchkey_build_info', help: 'Which build of the service this is.' }, [
      { labels: { version }, read: () => 1 },
    ]);
    addCounter(registry, { name: 'latchkey_log_lines_lost_total', help: 'Log lines that could not be written.' }, [
      { read: () => lostLogLines() ?? 0 },
    ]);
    if (isPrivate) addPoolFigures(registry, app.databasePool);
    addBreakerFigures(registry, app.checksBreaker);
    addClockFigures(registry, app.databaseClock);
    const lookAtOutbox = isPrivate ? addOutboxFigures(registry, createMailRepository(app.db)) : undefined;
    app.replicaReaders.figures = countReaderWaits(registry);
    let reading: Promise<string> | undefined;

    async function read(): Promise<string> {
      await lookAtOutbox?.();
      if (!isPrivate) return registry.metrics();
      const texts = await Promise.all([registry.metrics(), processFigures().metrics()]);
      return texts.join('\n');
    }

    app.decorate('metrics', {
      checks: countChecks(registry, { isDetailed: isPrivate }),
      states: countStateReads(registry),
      near: countNearReads(registry),
      mails: isPrivate ? countMails(registry) : undefined,
      observeRequest: measureRequests(app, registry),
      watchGate(gate) {
        if (isPrivate) addGateFigures(registry, gate);
      },
      contentType: registry.contentType,
      read() {
        reading ??= read().finally(() => {
          reading = undefined;
        });
        return reading;
      },
    });
  },
  { name: 'metrics', dependencies: ['database', 'clock-watch'] },
);

/** `/metrics` beside the API, for where they have no port of their own. */
export const metricsRoute: FastifyPluginAsyncTypebox = async (app) => {
  const text = Type.String({ description: 'The Prometheus text format, version 0.0.4.' });
  app.get(
    '/metrics',
    {
      // Reading them takes longer than most requests do.
      config: { access: 'public', rateLimit: perAddress(60, 'minute') },
      logLevel: 'warn',
      schema: {
        operationId: 'getMetrics',
        summary: 'Get the figures of this process for Prometheus',
        description: 'Not here where the deployment gives them a port of their own.',
        tags: ['Service'],
        response: {
          200: { description: 'The figures at this moment.', content: { 'text/plain': { schema: text } } },
        },
      },
    },
    async (_request, reply) => reply.type(app.metrics.contentType).send(await app.metrics.read()),
  );
};
