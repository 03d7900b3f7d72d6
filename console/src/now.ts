import { createStore, useStore } from './store.ts';

const MINUTE_MS = 60_000;
const minute = createStore(Date.now());

setInterval(() => {
  minute.set(Date.now());
}, MINUTE_MS);

/** The time, as often as what is shown of it changes. */
export function useNow(): number {
  return useStore(minute);
}
