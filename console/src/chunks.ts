import { connection } from './connection.ts';
import { isGuarded } from './leaving.ts';

const RELOADED = 'latchkey.reloaded';
const RETRY_MS = 10_000;
const CALM_MS = 60_000;

/**
 * How a part of the page is loaded that comes when it is needed. Without a connection it waits for one. Where the service
 * answers and the part is gone, it was upgraded, and this is a page of the version before: that is loaded anew, once, unless
 * something typed would be lost.
 */
export function chunk<Part>(load: () => Promise<Part>): () => Promise<Part> {
  return async () => {
    for (;;) {
      try {
        return await load();
      } catch {
        if (await isServiceThere()) return load().catch(reloadOnce);
        connection.set('down');
        await waitForConnection();
      }
    }
  };
}

function isServiceThere(): Promise<boolean> {
  return fetch('/console/', { method: 'HEAD', cache: 'no-store' }).then(
    ({ ok }) => ok,
    () => false,
  );
}

function waitForConnection(): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(done, RETRY_MS);
    function done(): void {
      clearTimeout(timer);
      window.removeEventListener('online', done);
      resolve();
    }
    window.addEventListener('online', done);
  });
}

/** @throws what was thrown, where the page has been loaded anew already */
function reloadOnce(err: Error): Promise<never> {
  if (isGuarded() || sessionStorage.getItem(RELOADED) !== null) throw err;
  sessionStorage.setItem(RELOADED, 'yes');
  location.reload();
  // Nothing is drawn any more.
  return new Promise(() => undefined);
}

/** A page that has stood for a while may be loaded anew again. */
export function watchUpgrades(): void {
  setTimeout(() => {
    sessionStorage.removeItem(RELOADED);
  }, CALM_MS);
}
