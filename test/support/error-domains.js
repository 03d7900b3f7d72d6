// Stands for async-hook-domain, by which tap finds the test that an error outside of all it waits for belongs to. The original
// hears of the beginning and the end of every promise, which takes up to a third of a test's time. Here the domain comes with
// the asynchronous context.
import { AsyncLocalStorage } from 'node:async_hooks';

const contexts = new AsyncLocalStorage();
const emitOwn = process.emit;
let aliveCount = 0;

/** `onerror` is told what is thrown, or rejected with nobody to catch it, by what was begun in the context of the domain. */
export class Domain {
  #isAlive = true;
  #parent = contexts.getStore();

  /** To be made in an asynchronous resource of its own: all that runs there has this domain. */
  constructor(onerror) {
    this.onerror = onerror;
    contexts.enterWith(this);
    aliveCount += 1;
    if (aliveCount > 1) return;
    process.on('uncaughtExceptionMonitor', tellOfException);
    process.emit = tellOfRejection;
  }

  destroy() {
    if (!this.#isAlive) return;
    this.#isAlive = false;
    aliveCount -= 1;
    if (aliveCount > 0) return;
    process.off('uncaughtExceptionMonitor', tellOfException);
    process.emit = emitOwn;
  }

  /** What a test that has ended left behind is its parent's. */
  static find() {
    let found = contexts.getStore();
    while (found !== undefined && !found.#isAlive) found = found.#parent;
    return found;
  }
}

function tellOfException(err, origin) {
  const isOthers = process.hasUncaughtExceptionCaptureCallback() || process.listenerCount('uncaughtException') > 0;
  if (isOthers || !tell(err, origin)) return;
  // It has been dealt with: the process goes on.
  process.setUncaughtExceptionCaptureCallback(() => {
    process.setUncaughtExceptionCaptureCallback(null);
  });
}

/** Without a listener, which would make rejections everybody's. */
function tellOfRejection(event, ...rest) {
  const isOurs = event === 'unhandledRejection' && process.listenerCount(event) === 0;
  return (isOurs && tell(rest[0], event)) || emitOwn.call(process, event, ...rest);
}

/** @returns whether anybody was told */
function tell(err, origin) {
  const domain = Domain.find();
  domain?.onerror(err, origin);
  return domain !== undefined;
}
