import { useSyncExternalStore } from 'react';

/** One value that several parts of the page read, and that lives outside of them. */
export interface Store<Value> {
  get: () => Value;
  set: (value: Value) => void;
  subscribe: (listener: () => void) => () => void;
}

export function createStore<Value>(initial: Value): Store<Value> {
  let value = initial;
  const listeners = new Set<() => void>();
  return {
    get: () => value,
    set(next) {
      if (Object.is(next, value)) return;
      value = next;
      for (const listener of listeners) listener();
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

export function useStore<Value>(store: Store<Value>): Value {
  return useSyncExternalStore(store.subscribe, store.get);
}

/** What this browser keeps between visits: choices of the person, and never anything secret. */
export function createKeptStore<Value extends string>(
  name: string,
  options: readonly [Value, ...Value[]],
): Store<Value> {
  const store = createStore(options.find((option) => option === readKept(name)) ?? options[0]);
  store.subscribe(() => {
    keep(name, store.get());
  });
  return store;
}

/** Null also where the browser keeps nothing. */
export function readKept(name: string): string | null {
  try {
    return localStorage.getItem(`latchkey.${name}`);
  } catch {
    return null;
  }
}

export function keep(name: string, value: string): void {
  try {
    localStorage.setItem(`latchkey.${name}`, value);
  } catch {
    // A browser that keeps nothing asks again the next time.
  }
}
