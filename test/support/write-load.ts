import { until } from './embedded-service.ts';
import { call } from './service-process.ts';
import type { Answer } from './service-process.ts';
import { createApiClient } from './service-user.ts';
import type { ServiceUser } from './service-user.ts';

const WRITERS = 6;
const READERS = 6;
/** Of each kind of answer, before the test goes on. */
const ANSWERS_MIN = 20;

/** Creates API clients and reads, over and over, and keeps account of the answers. */
export function startLoad(origin: string, user: ServiceUser) {
  const created: string[] = [];
  const strange: unknown[] = [];
  let counts = new Map<number, number>();
  let isStopped = false;

  function note({ status, headers, body }: Answer<{ client_id?: string; code?: string; detail?: string }>): void {
    counts.set(status, (counts.get(status) ?? 0) + 1);
    if (status === 201) created.push(body.client_id!);
    if (status === 201 || status === 200) return;
    const isProblem = headers.get('content-type')?.startsWith('application/problem+json') === true;
    const retryAfter = Number(headers.get('retry-after'));
    const isHonest = retryAfter >= 1 || body.detail?.includes('may have been made') === true;
    if (status !== 503 || !isProblem || !isHonest) strange.push({ status, body, retryAfter });
  }

  async function repeat(ask: () => Promise<Answer<{ client_id?: string; code?: string }>>): Promise<void> {
    while (!isStopped) note(await ask());
  }

  const workers = [
    ...Array.from({ length: WRITERS }, () => repeat(() => createApiClient(origin, user, 'Load'))),
    ...Array.from({ length: READERS }, () => repeat(() => call(origin, '/auth/v2/verify/', { apiKey: user.apiKey }))),
  ];
  const ended = Promise.all(workers);
  // Looked at when the load is stopped.
  ended.catch(() => undefined);
  return {
    seen: (status: number) => Promise.race([ended, until(async () => (counts.get(status) ?? 0) >= ANSWERS_MIN)]),
    forget() {
      counts = new Map();
    },
    async stop() {
      isStopped = true;
      await ended;
      return { created, strange };
    },
  };
}
