import { createStore } from './store.ts';
import type { Store } from './store.ts';

/** Where requests wait for a person. */
export interface Gate {
  /** Read by the dialog that asks. */
  isAsking: Store<boolean>;
  /** Asks, whether or not anything waits. */
  ask: () => void;
  /** Asks, and waits. @returns whether to send the request once more */
  wait: () => Promise<boolean>;
  /** All that waited goes on. */
  close: (isPassed: boolean) => void;
}

function createGate(): Gate {
  const isAsking = createStore(false);
  let waiting: PromiseWithResolvers<boolean> | null = null;
  return {
    isAsking,
    ask() {
      isAsking.set(true);
    },
    wait() {
      waiting ??= Promise.withResolvers<boolean>();
      isAsking.set(true);
      return waiting.promise;
    },
    close(isPassed) {
      waiting?.resolve(isPassed);
      waiting = null;
      isAsking.set(false);
    },
  };
}

/** For a login: the session has ended. */
export const loginGate = createGate();

/** For the password: it was given too long ago for what the request does. */
export const passwordGate = createGate();
