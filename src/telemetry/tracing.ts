import { FastifyOtelInstrumentation } from '@fastify/otel';
import { diag, DiagLogLevel, trace } from '@opentelemetry/api';
import type { TextMapPropagator } from '@opentelemetry/api';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { defaultResource, detectResources, envDetector, resourceFromAttributes } from '@opentelemetry/resources';
import { BatchSpanProcessor, NodeTracerProvider } from '@opentelemetry/sdk-trace-node';
import type { FastifyPluginCallback } from 'fastify';
import type { Logger } from 'pino';
import { StrictSpanProcessor } from './strict-span-processor.ts';
import { waitAtMost } from '../wait-at-most.ts';

/** Part of the ten seconds a stop has; what the collector has not taken by then is lost. */
const STOP_TIMEOUT_MS = 2_000;
/** Asked all the time, and never of interest. */
const unobserved = /^\/(?:livez|readyz|metrics)\/?(?:\?|$)/;

export interface Tracing {
  /** Makes a span of every request. To be registered before everything else. */
  plugin: FastifyPluginCallback;
  /** Sends what is left, for a bounded time. Never rejects; further calls wait for the first. */
  stop: () => Promise<void>;
}

/**
 * Starts OpenTelemetry for this process. Only this module loads any of it, so it is to be imported only where traces
 * are wanted. The `OTEL_…` variables of its SDK hold: endpoint, headers, sampler, service name and all the others.
 */
export function startTracing({ version, log }: { version: string; log: Logger }): Tracing {
  reportTo(log);
  const provider = new NodeTracerProvider({
    resource: defaultResource()
      .merge(resourceFromAttributes({ 'service.name': 'latchkey', 'service.version': version }))
      .merge(detectResources({ detectors: [envDetector] })),
    spanProcessors: [new StrictSpanProcessor(new BatchSpanProcessor(new OTLPTraceExporter()))],
  });
  provider.register({ propagator });
  const instrumentation = new FastifyOtelInstrumentation({
    instrumentHooks: false,
    instrumentHandler: false,
    recordExceptions: false,
    ignorePaths: ({ url }) => unobserved.test(url),
    requestHook(span, request) {
      request.log = request.log.child({ traceId: span.spanContext().traceId });
    },
  });
  instrumentation.setTracerProvider(provider);
  let stopping: Promise<void> | undefined;
  return {
    plugin: instrumentation.plugin(),
    stop() {
      stopping ??= waitAtMost(STOP_TIMEOUT_MS, shutDown(provider, log));
      return stopping;
    },
  };
}

async function shutDown(provider: NodeTracerProvider, log: Logger): Promise<void> {
  try {
    await provider.shutdown();
  } catch (err) {
    log.warn({ err }, 'the last traces could not be sent');
  } finally {
    trace.disable();
  }
}

const traceContext = new W3CTraceContextPropagator();

/** Takes from a caller the ids of a trace and nothing else: `tracestate` and `baggage` may hold anything. */
const propagator: TextMapPropagator = {
  extract: (context, carrier, getter) =>
    traceContext.extract(context, carrier, {
      keys: (from) => getter.keys(from),
      get: (from, key) => (key === 'traceparent' ? getter.get(from, key) : undefined),
    }),
  inject: (context, carrier, setter) => {
    traceContext.inject(context, carrier, setter);
  },
  fields: () => ['traceparent'],
};

/** What goes wrong with the collector is for the log, and for nobody's request. */
function reportTo(log: Logger): void {
  const report = (detail: string) => {
    log.warn({ detail }, 'traces are not sent as they should be');
  };
  const ignore = () => undefined;
  const logger = { error: report, warn: report, info: ignore, debug: ignore, verbose: ignore };
  diag.setLogger(logger, { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true });
}
