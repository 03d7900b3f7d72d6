import { createStore, useStore } from './store.ts';

const MINUTE_MS = 60_000;
const minute = createStore(Date.now());

setInterval(noteTime, MINUTE_MS);

/** Must be called when something was read: what has just happened is not to come. */
export function noteTime(): void {
  minute.set(Date.now());
}

/** The time, as often as what is shown of it changes. */
export function useNow(): number {
  return useStore(minute);
}
