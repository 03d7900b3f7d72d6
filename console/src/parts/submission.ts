import type { RefObject } from 'react';
import { useRef, useState } from 'react';
import { Problem } from '../problem.ts';
import type { Fault } from '../problem.ts';
import { noteProblem } from '../query-client.ts';

/** What a form has sent, and what came back. */
export interface Submission {
  isBusy: boolean;
  /** What is wrong with the input: they stay until the next submit. */
  faults: Fault[];
  /** Any other reason why it was not done. */
  problem: Error | null;
  /** Counts the attempts: after each failed one the faults take the focus. */
  attempt: number;
  submit: () => void;
  /** Forgets faults and problem. */
  reset: () => void;
}

interface SubmissionOptions<Answer> {
  /** What can be seen to be wrong before anything is sent. */
  check?: () => Fault[];
  /** @throws Problem */
  send: () => Promise<Answer>;
  onDone: (answer: Answer) => void;
  /** Handles a problem in a way of its own. @returns whether it did */
  onProblem?: (problem: Problem) => boolean;
}

interface Outcome {
  faults: Fault[];
  problem: Error | null;
}

const nothing: Outcome = { faults: [], problem: null };

/** Sends a form: one request at a time, however often somebody presses. */
export function useSubmission<Answer>(options: SubmissionOptions<Answer>): Submission {
  const isSending = useRef(false);
  const [isBusy, setBusy] = useState(false);
  const [attempt, setAttempt] = useState(0);
  const [outcome, setOutcome] = useState(nothing);

  async function run(): Promise<void> {
    const faults = options.check?.() ?? [];
    if (faults.length > 0) {
      fail({ faults, problem: null });
      return;
    }
    isSending.current = true;
    setBusy(true);
    try {
      const answer = await options.send();
      setOutcome(nothing);
      options.onDone(answer);
    } catch (err) {
      noteProblem(err);
      if (!(err instanceof Problem && options.onProblem?.(err) === true)) fail(outcomeOf(err));
    } finally {
      isSending.current = false;
      setBusy(false);
    }
  }

  function fail(next: Outcome): void {
    setOutcome(next);
    setAttempt((before) => before + 1);
  }

  return {
    ...outcome,
    isBusy,
    attempt,
    submit() {
      if (!isSending.current) void run();
    },
    reset() {
      setOutcome(nothing);
    },
  };
}

function outcomeOf(err: unknown): Outcome {
  // What that one names is asked for by the dialog over everything, and is no field of any form.
  const isAboutFields = err instanceof Problem && err.faults.length > 0 && err.code !== 'reauthentication_required';
  if (isAboutFields) return { faults: err.faults, problem: null };
  return { faults: [], problem: err instanceof Error ? err : new Error(String(err)) };
}

const REPEATS_MAX = 4;

/**
 * Sends again what carries an `Idempotency-Key` and got no answer: it is done once, and its answer comes again. Nothing else
 * may be sent twice.
 */
async function untilAnswered<Answer>(send: () => Promise<Answer>): Promise<Answer> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await send();
    } catch (err) {
      if (!(err instanceof Problem) || !isRepeatable(err) || tries > REPEATS_MAX) throw err;
      await pause(err.retryAfterSeconds ?? 2 ** (tries - 1));
    }
  }
}

function isRepeatable({ status, code }: Problem): boolean {
  return [502, 503, 504].includes(status) || code === 'no_connection' || code === 'request_in_progress';
}

function pause(seconds: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, seconds * 1_000);
  });
}

/** A request that is done once, however often it is sent. */
export interface Repeatable<Body> {
  body: Body;
  header: { 'idempotency-key': string };
}

/**
 * Sends what was typed until an answer comes. As long as none has come, the same typed values are sent as the same bytes
 * under the same key, also where the body holds a moment or a span up to one: so an answer that was lost on its way comes
 * again, with the same secret. After an answer all is made anew.
 */
export function useRepeatable<Typed, Body>(toBody: (typed: Typed) => Body) {
  const held = useRef<{ typed: string; request: Repeatable<Body> } | null>(null);
  return async <Answer>(typed: Typed, send: (request: Repeatable<Body>) => Promise<Answer>): Promise<Answer> => {
    const request = hold(held, typed, toBody);
    try {
      return await untilAnswered(() => send(request));
    } catch (err) {
      if (err instanceof Problem && !isRepeatable(err)) held.current = null;
      throw err;
    }
  };
}

function hold<Typed, Body>(
  held: RefObject<{ typed: string; request: Repeatable<Body> } | null>,
  typed: Typed,
  toBody: (typed: Typed) => Body,
): Repeatable<Body> {
  const text = JSON.stringify(typed);
  if (held.current?.typed !== text) {
    held.current = { typed: text, request: { body: toBody(typed), header: { 'idempotency-key': makeKey() } } };
  }
  return held.current.request;
}

/** `crypto.randomUUID` is there over HTTPS only. */
function makeKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
