import { AppError } from '../../errors.ts';

/** Each holds a connection for a batch at a time, and a batch in memory. */
const AT_ONCE_MAX = 4;

/** Lets a few imports run in this process at a time, and one for each organization. */
export class ImportTurns {
  readonly #running = new Set<string>();

  /**
   * @returns ends the turn
   * @throws AppError `overloaded`
   */
  enter(organizationId: string): () => void {
    if (this.#running.has(organizationId)) throw busy('Another import into this organization is under way.');
    if (this.#running.size >= AT_ONCE_MAX) throw busy('Too many imports are under way.');
    this.#running.add(organizationId);
    return () => void this.#running.delete(organizationId);
  }
}

function busy(detail: string): AppError {
  return new AppError('overloaded', { detail, retryAfterSeconds: 5, reason: 'imports' });
}
