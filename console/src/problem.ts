import type { Problem as ProblemDocument } from '../../client/schema.ts';

/**
 * `no_connection`: no answer came. `unreadable`: one that is no problem document, as of a proxy in between. `no_etag`: one
 * without the `ETag` that the service gives it.
 */
export type ProblemCode = ProblemDocument['code'] | 'no_connection' | 'unreadable' | 'no_etag';

/** One place of the input that is wrong. */
export interface Fault {
  /** The name of the field in the body. */
  field: string;
  /** Which entry of a list, from 0. */
  index?: number;
  /** What is wrong with it, to be read after its label: “must not be blank”. */
  detail: string;
}

/** Why a request did not do what it was sent for. All that `api.ts` throws. */
export class Problem extends Error {
  override readonly name = 'Problem';
  /** 0 where no answer came. */
  readonly status: number;
  readonly code: ProblemCode;
  readonly faults: Fault[];
  readonly requestId: string | null;
  readonly retryAfterSeconds: number | null;
  /** The document itself, with what only some codes have; null where there was none. */
  readonly document: ProblemDocument | null;

  constructor({ status, code, detail, document, headers }: ProblemParts) {
    super(detail);
    this.status = status;
    this.code = code;
    this.document = document ?? null;
    this.faults = (document?.errors ?? []).map(toFault);
    this.requestId = document?.request_id ?? headers?.get('x-request-id') ?? null;
    this.retryAfterSeconds = readSeconds(headers?.get('retry-after') ?? null);
  }
}

interface ProblemParts {
  status: number;
  code: ProblemCode;
  detail: string;
  document?: ProblemDocument;
  headers?: Headers;
}

export function problemOfAnswer(response: Response, body: unknown): Problem {
  const { status, headers } = response;
  if (isDocument(body)) return new Problem({ status, code: body.code, detail: body.detail, document: body, headers });
  return new Problem({ status, code: 'unreadable', detail: '', headers });
}

export function noConnection(): Problem {
  return new Problem({ status: 0, code: 'no_connection', detail: '' });
}

export function noEtag({ status, headers }: Response): Problem {
  return new Problem({ status, code: 'no_etag', detail: '', headers });
}

function isDocument(body: unknown): body is ProblemDocument {
  return typeof body === 'object' && body !== null && 'code' in body && 'detail' in body;
}

function toFault({ pointer, detail }: { pointer: string; detail: string }): Fault {
  const [, field = '', index] = pointer.startsWith('?') ? ['', pointer.slice(1)] : pointer.split('/');
  return index === undefined || !/^\d+$/.test(index) ? { field, detail } : { field, index: Number(index), detail };
}

function readSeconds(header: string | null): number | null {
  const seconds = Number(header);
  return header === null || !Number.isFinite(seconds) ? null : Math.max(1, Math.ceil(seconds));
}
