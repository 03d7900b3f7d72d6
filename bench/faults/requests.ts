import { call } from '../../test/support/service-process.ts';
import type { Answer, CallOptions } from '../../test/support/service-process.ts';
import { blame } from './figures.ts';
import type { Figures } from './figures.ts';
import type { Instance } from './ground.ts';

/** More than the longest lease, and a tenth of it: so long a change may wait for a reader that is gone. */
const ANSWER_DEADLINE_MS = 90_000;

/** What came of a request: `denied` was not done, of `unknown` nobody knows. */
export type Outcome = { kind: 'answered'; status: number; body: unknown } | { kind: 'denied' } | { kind: 'unknown' };

interface Problem {
  /** Of RFC 6749 §5.2, in the place of all else. */
  error?: unknown;
  status?: unknown;
  code?: unknown;
  detail?: unknown;
  request_id?: unknown;
}

/** Sends requests, counts what came of them, and blames what no caller should have seen. */
export class Requests {
  #figures: Figures | undefined;
  #mayKill = false;
  #changedAt = 0;

  /** @param options.isKilled whether the service is ended meanwhile, so that connections to it may break */
  count(figures: Figures, { isKilled }: { isKilled: boolean }): void {
    this.#figures = figures;
    this.#mayKill = isKilled;
    this.#changedAt = performance.now();
  }

  /** Those of now. */
  get figures(): Figures {
    return this.#figures!;
  }

  async send(instance: Instance, what: string, asked: CallOptions & { expected: number[] }): Promise<Outcome> {
    const { expected, ...options } = asked;
    const figures = this.figures;
    figures.requests += 1;
    const beganAt = performance.now();
    let answer: Answer<Problem>;
    try {
      const signal = AbortSignal.timeout(ANSWER_DEADLINE_MS);
      answer = await call<Problem>(instance.origin, what, { signal, ...options });
    } catch (err) {
      figures.connectionErrors += 1;
      if (!this.#mayKill) blame(figures, 'strange', `${instance.name} did not answer ${what}: ${describe(err)}`);
      return { kind: 'unknown' };
    }
    const { status, body } = answer;
    if (status >= 400) inspectProblem(figures, what, answer);
    if (status === 503) {
      figures.unavailable += 1;
      const code = String(body.code ?? body.error);
      figures.codes[code] = (figures.codes[code] ?? 0) + 1;
      if (!mayHaveBeenDone(body)) return { kind: 'denied' };
      figures.unknown += 1;
      return { kind: 'unknown' };
    }
    if (status >= 500) {
      blame(figures, 'serverErrors', `${instance.name} answered ${status} to ${what}: ${JSON.stringify(body)}`);
      return { kind: 'unknown' };
    }
    figures.answered += 1;
    figures.slowestMs = Math.max(figures.slowestMs, performance.now() - beganAt);
    if (status < 300 && isChange(what, options)) {
      const now = performance.now();
      figures.silenceMs = Math.max(figures.silenceMs, now - this.#changedAt);
      this.#changedAt = now;
    }
    if (expected.includes(status)) return { kind: 'answered', status, body };
    blame(figures, 'strange', `${instance.name} answered ${status} to ${what}: ${JSON.stringify(body)}`);
    return { kind: 'unknown' };
  }
}

function isChange(what: string, { body }: CallOptions): boolean {
  return body !== undefined || what.startsWith('DELETE ');
}

function mayHaveBeenDone({ detail }: Problem): boolean {
  return typeof detail === 'string' && detail.includes('may have been made');
}

function inspectProblem(figures: Figures, what: string, { status, headers, body }: Answer<Problem>): void {
  if (/\/(?:token|introspect|revoke)\/$/.test(what)) {
    if (typeof body.error !== 'string') blame(figures, 'strange', `${status} to ${what}: ${JSON.stringify(body)}`);
    return;
  }
  const isDocument = headers.get('content-type')?.startsWith('application/problem+json') === true;
  const isWhole =
    isDocument && body.status === status && typeof body.code === 'string' && body.request_id !== undefined;
  if (!isWhole) blame(figures, 'strange', `${status} to ${what} is no problem document: ${JSON.stringify(body)}`);
  // Who may have had his change made is not told to repeat it.
  const isToBeRepeated = Number(headers.get('retry-after')) >= 1;
  if (status === 503 && isToBeRepeated === mayHaveBeenDone(body)) {
    blame(figures, 'strange', `503 to ${what} with Retry-After ${headers.get('retry-after')}: ${JSON.stringify(body)}`);
  }
}

function describe(err: unknown): string {
  return err instanceof Error ? `${err.message} ${err.cause instanceof Error ? err.cause.message : ''}` : String(err);
}
