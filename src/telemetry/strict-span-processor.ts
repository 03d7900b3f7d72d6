import { SpanStatusCode } from '@opentelemetry/api';
import type { Attributes, Context } from '@opentelemetry/api';
import type { ReadableSpan, Span, SpanProcessor } from '@opentelemetry/sdk-trace-node';

const METHOD = 'http.request.method';
const ROUTE = 'http.route';
const STATUS = 'http.response.status_code';

/**
 * Passes on of each span what it may say: method, route template, status, times and ids. Instrumentation also notes the
 * URL with its query and the texts of errors, and those can hold a secret.
 */
export class StrictSpanProcessor implements SpanProcessor {
  readonly #next: SpanProcessor;

  constructor(next: SpanProcessor) {
    this.#next = next;
  }

  onStart(span: Span, parentContext: Context): void {
    this.#next.onStart(span, parentContext);
  }

  onEnd(span: ReadableSpan): void {
    this.#next.onEnd(strip(span));
  }

  forceFlush(): Promise<void> {
    return this.#next.forceFlush();
  }

  shutdown(): Promise<void> {
    return this.#next.shutdown();
  }
}

/** Member by member, so that what a later version adds stays inside. */
function strip(span: ReadableSpan): ReadableSpan {
  const { kind, parentSpanContext, startTime, endTime, duration, ended, resource, instrumentationScope } = span;
  const { [METHOD]: method, [ROUTE]: route, [STATUS]: status } = span.attributes;
  const attributes: Attributes = {
    [METHOD]: method,
    ...(route && { [ROUTE]: route }),
    ...(status && { [STATUS]: status }),
  };
  return {
    name: route === undefined ? String(method) : `${String(method)} ${String(route)}`,
    attributes,
    // A refusal is no error of the service.
    status: { code: Number(status) >= 500 ? SpanStatusCode.ERROR : SpanStatusCode.UNSET },
    events: [],
    links: [],
    droppedAttributesCount: 0,
    droppedEventsCount: 0,
    droppedLinksCount: 0,
    spanContext: () => span.spanContext(),
    ...(parentSpanContext && { parentSpanContext }),
    kind,
    startTime,
    endTime,
    duration,
    ended,
    resource,
    instrumentationScope,
  };
}
