import createClient from 'openapi-fetch';
import type { paths } from '../../client/schema.ts';
import { connection } from './connection.ts';
import { loginGate, passwordGate } from './gate.ts';
import type { Gate } from './gate.ts';
import { pageUser } from './page-user.ts';
import { noConnection, noEtag, Problem, problemOfAnswer } from './problem.ts';

/** Of the session itself: a 401 there is an answer to the person, not the end of a session. */
const LOGIN = /\/auth\/v2\/(?:console\/session|2fa|programmatic)\//;

/** The typed client. Use it inside `ask()`, which throws what went wrong. */
export const api = createClient<paths>({ baseUrl: location.origin, fetch: send });

/** An answer of `api`. */
type Answered<Data> = Promise<{ data?: Data; error?: unknown; response: Response }>;

/**
 * The body of the answer.
 * @throws Problem
 */
export async function ask<Data>(call: Answered<Data>): Promise<Data> {
  return (await answerOf(call)).data;
}

/**
 * The body of the answer, and its `ETag`, to be sent back as `If-Match`. Without one nothing is shown that could be changed:
 * what others change meanwhile would be overwritten.
 * @throws Problem also where the `ETag` is missing
 */
export async function askWithEtag<Data>(call: Answered<Data>): Promise<{ data: Data; etag: string }> {
  const { data, response } = await answerOf(call);
  const etag = response.headers.get('etag');
  if (etag === null) throw noEtag(response);
  return { data, etag };
}

async function answerOf<Data>(call: Answered<Data>): Promise<{ data: Data; response: Response }> {
  const { data, error, response } = await call;
  if (!response.ok) throw problemOfAnswer(response, error);
  return { data: data as Data, response };
}

/**
 * Sends a request. Where the session has ended it waits for a login, where the password is asked for again for that, and
 * sends the request once more.
 */
async function send(request: Request): Promise<Response> {
  request.headers.set('x-latchkey-console', '1');
  const user = pageUser.get();
  if (user !== null) request.headers.set('x-latchkey-user', user);
  // A body can be sent once: the copy is for the second time.
  const again = request.clone();
  const answer = await reach(request);
  const gate = LOGIN.test(request.url) ? null : await gateOf(answer);
  return gate !== null && (await gate.wait()) ? reach(again) : answer;
}

async function gateOf(answer: Response): Promise<Gate | null> {
  if (answer.status === 401) return loginGate;
  if (answer.status !== 403) return null;
  const problem = (await answer
    .clone()
    .json()
    .catch(() => null)) as { code?: string } | null;
  return problem?.code === 'reauthentication_required' ? passwordGate : null;
}

async function reach(request: Request): Promise<Response> {
  try {
    const answer = await fetch(request);
    connection.set('up');
    return answer;
  } catch (err) {
    if (request.signal.aborted) throw err;
    connection.set('down');
    throw noConnection();
  }
}

/** Whether a read is worth another try, and when. */
export const READS = {
  retry: (failures: number, err: Error) => err instanceof Problem && err.status === 503 && failures < 3,
  retryDelay: (failures: number, err: Error) =>
    1_000 * ((err instanceof Problem ? err.retryAfterSeconds : null) ?? 2 ** failures),
};
