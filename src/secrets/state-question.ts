import type { Authority } from './authority.ts';
import { BatchedReader } from './batched-reader.ts';
import type { BatchBounds } from './batched-reader.ts';
import type { StateMemory } from './state-memory.ts';
import type { StateQueries } from './state-queries.ts';

export interface StateAnswer {
  /** Whether what the memory still keeps is what the database had when it answered, or newer. */
  isCurrent: boolean;
  /** The time to judge by, in milliseconds since the epoch. */
  nowMs: number;
}

/** Asks the database what has changed since the version that is known, and what time it is. */
export interface StateQuestion {
  /** Resolves once the memory has learnt the answer to a question that was sent after this call. Rejects as reads do. */
  ask: () => Promise<StateAnswer | undefined>;
}

export interface StateQuestionOptions {
  memory: Pick<StateMemory<never>, 'known' | 'learn'>;
  readChanges: StateQueries['readChanges'];
  authority: Authority;
  bounds: BatchBounds;
}

const UNKNOWN: StateAnswer = { isCurrent: false, nowMs: 0 };
/** All who ask at the same time ask the same. */
const THE_QUESTION = '';

export function createStateQuestion({ memory, readChanges, authority, bounds }: StateQuestionOptions): StateQuestion {
  async function ask(): Promise<StateAnswer> {
    const asked = memory.known;
    if (asked === undefined) return UNKNOWN;
    const askedAt = authority.ask();
    const { changes, nowMs: databaseMs } = await readChanges(asked);
    const isCurrent = memory.learn(asked, changes);
    if (databaseMs === undefined) return UNKNOWN;
    const nowMs = authority.judge({ databaseMs, askedAt, readAt: changes.at(-1) });
    return nowMs === undefined ? UNKNOWN : { isCurrent, nowMs };
  }

  const reader = new BatchedReader<string, StateAnswer>({
    ...bounds,
    identify: () => THE_QUESTION,
    identifyRow: () => THE_QUESTION,
    load: async () => [await ask()],
  });
  return { ask: () => reader.read(THE_QUESTION) };
}
