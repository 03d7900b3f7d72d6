import { MutationCache, QueryCache, QueryClient } from '@tanstack/react-query';
import { READS } from './api.ts';
import { noteTime } from './now.ts';
import { Problem } from './problem.ts';

const onRoleTooLow = new Set<() => void>();

/** Calls back when an answer says that the role does not allow something: it may have changed meanwhile. */
export function watchRole(listener: () => void): () => void {
  onRoleTooLow.add(listener);
  return () => onRoleTooLow.delete(listener);
}

/** Must hear of every problem: an answer may say more than its own request asked. */
export function noteProblem(err: unknown): void {
  if (err instanceof Problem && err.code === 'insufficient_role') for (const listener of onRoleTooLow) listener();
}

/** Keeps what was read, and never a secret: those live in the state of the one part that shows them. */
export const queryClient = new QueryClient({
  queryCache: new QueryCache({ onError: noteProblem, onSuccess: noteTime }),
  mutationCache: new MutationCache({ onError: noteProblem }),
  defaultOptions: {
    // By default everything is held back while the browser believes it is offline.
    queries: { networkMode: 'always', staleTime: 10_000, refetchOnWindowFocus: true, ...READS },
    mutations: { networkMode: 'always', retry: false, gcTime: 0 },
  },
});
