import createClient from 'openapi-fetch';
import type { Client } from 'openapi-fetch';
import type { paths, RefreshRequest, TokenPair } from './schema.ts';

/** The tokens of a login, as `login/`, `verify-email/` and `refresh/` answer with them. */
export interface Tokens {
  access_token: string;
  refresh_token: string;
}

/**
 * Where the tokens of a login are kept. Who shares a login shares one store, other tabs included, and what one has
 * written all the others read from then on.
 */
export interface TokenStore {
  /** Null when nobody is logged in. */
  read: () => Promise<Tokens | null>;
  write: (tokens: Tokens | null) => Promise<void>;
}

export interface LatchkeyOptions {
  /** The `PUBLIC_URL` of the service. */
  baseUrl: string;
  tokens: TokenStore;
}

/** The routes that take an admin token. */
const MANAGEMENT = /\/auth\/v2\/(?:organizations|permissions|account)\//;

/** An answer that takes longer is taken for lost: the service gives it once more within ten seconds, and not after. */
const REFRESH_TIMEOUT_MS = 4_000;

const REFRESH = '/auth/v2/programmatic/refresh/' satisfies keyof paths;

/**
 * A typed client of the API. Management routes get the access token of the store; when it is refused, the login is
 * refreshed and the request is sent once more. Where the refresh is refused, its refusal is the answer, and a 401 has
 * taken the login out of the store.
 */
export function createLatchkey({ baseUrl, tokens }: LatchkeyOptions): Client<paths> {
  const refreshUrl = baseUrl.replace(/\/$/, '') + REFRESH;
  const exclusively = createLock(`latchkey-refresh ${baseUrl}`);
  return createClient<paths>({ baseUrl, fetch: send });

  async function send(request: Request): Promise<Response> {
    const used = MANAGEMENT.test(request.url) ? await tokens.read() : null;
    if (used === null) return fetch(request);
    // A body can be sent once: the copy is for the second time.
    const again = request.clone();
    const answer = await fetch(authorize(request, used));
    if (answer.status !== 401) return answer;
    const refusal = await exclusively(() => refresh(used));
    const renewed = await tokens.read();
    return refusal ?? (renewed === null ? answer : fetch(authorize(again, renewed)));
  }

  /**
   * A refresh token is good once, and its second use ends the login. So of all whose access token was refused, one
   * refreshes, and the others find in the store what it got.
   * @returns the refusal, if it was refused
   */
  async function refresh(refused: Tokens): Promise<Response | null> {
    const held = await tokens.read();
    if (held?.access_token !== refused.access_token) return null;
    const { refresh_token } = held;
    const first = await askForTokens(refresh_token, AbortSignal.timeout(REFRESH_TIMEOUT_MS)).catch(() => null);
    const isLost = first === null || first.answer.status === 502 || first.answer.status === 504;
    const { answer, renewed } = isLost ? await askForTokens(refresh_token) : first;
    // Who logged in or out meanwhile has the last word.
    if ((await tokens.read())?.refresh_token !== refresh_token) return null;
    if (renewed === null && answer.status === 401) await tokens.write(null);
    if (renewed === null) return answer;
    await tokens.write({ access_token: renewed.access_token, refresh_token: renewed.refresh_token });
    return null;
  }

  async function askForTokens(refresh_token: string, signal: AbortSignal | null = null) {
    const answer = await fetch(refreshUrl, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ refresh_token } satisfies RefreshRequest),
      signal,
    });
    return { answer, renewed: answer.ok ? ((await answer.json()) as TokenPair) : null };
  }
}

function authorize(request: Request, { access_token }: Tokens): Request {
  request.headers.set('authorization', `Bearer ${access_token}`);
  return request;
}

type Lock = <T>(work: () => Promise<T>) => Promise<T>;

/** One at a time, over all tabs of the page's origin where the browser has locks (it has them over HTTPS). */
function createLock(name: string): Lock {
  const { navigator } = globalThis as { navigator?: { locks?: { request: (name: string, work: unknown) => unknown } } };
  const locks = navigator?.locks;
  if (locks !== undefined) return async (work) => locks.request(name, work) as ReturnType<typeof work>;
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const mine = last.then(work);
    last = mine.catch(() => undefined);
    return mine;
  };
}
