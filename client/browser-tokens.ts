import type { Tokens, TokenStore } from './latchkey.ts';

const STORE = 'tokens';
const KEY = 'login';

/**
 * The tokens of a login in IndexedDB, for all tabs of the page's origin. `localStorage` would not do: for a moment a tab
 * can still read there what another one has replaced, and would spend a refresh token for the second time.
 */
export function createBrowserTokens(databaseName = 'latchkey'): TokenStore {
  async function ask<T>(mode: IDBTransactionMode, work: (store: IDBObjectStore) => IDBRequest<T>): Promise<T> {
    // Opened for each question: browsers close a connection that lies idle for long.
    const database = await open(databaseName);
    try {
      const transaction = database.transaction(STORE, mode);
      const request = work(transaction.objectStore(STORE));
      await new Promise((resolve, reject) => {
        transaction.oncomplete = resolve;
        transaction.onabort = () => {
          reject(transaction.error ?? new Error('the browser did not keep the tokens'));
        };
      });
      return request.result;
    } finally {
      database.close();
    }
  }

  return {
    read: async () => (await ask('readonly', (store) => store.get(KEY) as IDBRequest<Tokens | undefined>)) ?? null,
    async write(tokens) {
      if (tokens === null) await ask('readwrite', (store) => store.delete(KEY));
      else await ask('readwrite', (store) => store.put(tokens, KEY));
    },
  };
}

async function open(databaseName: string): Promise<IDBDatabase> {
  const request = indexedDB.open(databaseName, 1);
  request.onupgradeneeded = () => request.result.createObjectStore(STORE);
  await new Promise((resolve, reject) => {
    request.onsuccess = resolve;
    request.onerror = () => {
      reject(request.error ?? new Error('the browser has no place for the tokens'));
    };
  });
  return request.result;
}
