import type { Figures } from './figures.ts';
import type { Instance } from './ground.ts';

/** What goes on while something breaks. */
export interface Load {
  /** @param options.isKilled whether the fault ends the service, so that connections to it may break */
  start: (figures: Figures, options: { ratePerSecond: number; isKilled: boolean }) => void;
  /** Waits until it has what it needs before anything breaks. */
  ready?: () => Promise<void>;
  /** Sends no more, and waits for what is under way. */
  stop: () => Promise<void>;
  /** Makes an API client. @returns whether it was answered */
  create: (instance: Instance) => Promise<boolean>;
  /**
   * Compares what was answered with what is true. Nothing may be under way.
   * @param options.isFull whether everything ever written is asked for again
   */
  audit: (figures: Figures, options: { isFull: boolean }) => Promise<void>;
}
