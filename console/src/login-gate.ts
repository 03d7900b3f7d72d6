import { createStore } from './store.ts';

const isAsking = createStore(false);
let waiting: PromiseWithResolvers<undefined> | null = null;

/**
 * Where requests wait whose session has ended. The dialog over everything reads `isAsking`, and calls `open()` after a
 * login: all that waited is sent once more.
 */
export const loginGate = {
  isAsking,

  wait(): Promise<undefined> {
    waiting ??= Promise.withResolvers<undefined>();
    isAsking.set(true);
    return waiting.promise;
  },

  open(): void {
    waiting?.resolve(undefined);
    waiting = null;
    isAsking.set(false);
  },
};
