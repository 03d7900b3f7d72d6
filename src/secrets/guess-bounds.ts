import { LRUCache } from 'lru-cache';
import { AppError } from '../errors.ts';
import { truncateAddress } from '../http/source-addresses.ts';

/** How many wrong secrets a network may try at one stored secret at once, and how long each further one takes to come. */
const GUESSES_MAX = 20;
const GUESS_MS = 6_000;
/** Of networks and secrets; the longest unused is forgotten, which gives its network all guesses again. */
const NETWORKS_MAX = 20_000;

export interface GuessBoundsOptions {
  /** The network that the secret was last accepted from, as far as that is stored. */
  findLastNetwork: (secretId: string) => Promise<string | null>;
  /** A clock that only rises, in milliseconds. */
  now?: () => number;
}

/** A presented text, which stands for itself by its digest, and from where it came. */
export interface Guess {
  secretId: string;
  digest: string;
  address: string;
}

/** A text that is checked, once or several times at once: of equal ones, one counts. */
interface Text {
  checks: number;
  /** Whether a guess was taken for it; rejects, for all that are equal, where there is none left. */
  isCounted: Promise<boolean>;
}

interface Network {
  left: number;
  countedAtMs: number;
  /** By their digests. */
  underWay: Map<string, Text>;
  /** Whether it was looked whether the secret was used from here before this process began. */
  isLookedUp: boolean;
}

/**
 * Bounds how many wrong secrets a network may try at one stored secret that could be guessed. Beyond that it is told
 * neither yes nor no, whatever it presents. A network from which the secret was accepted is not bounded: whoever guesses
 * there shuts nobody out, and one that guesses elsewhere not either, because each network has guesses of its own.
 */
export class GuessBounds {
  readonly #findLastNetwork: GuessBoundsOptions['findLastNetwork'];
  readonly #now: () => number;
  readonly #networks = new LRUCache<string, Network>({ max: NETWORKS_MAX });
  readonly #proven = new LRUCache<string, true>({ max: NETWORKS_MAX });

  constructor({ findLastNetwork, now = () => performance.now() }: GuessBoundsOptions) {
    this.#findLastNetwork = findLastNetwork;
    this.#now = now;
  }

  /**
   * Decides about a text, and counts it unless it is accepted.
   * @throws AppError `overloaded` where its network may not guess now; nothing is decided then
   */
  async run<Check extends { isValid: boolean }>(guess: Guess, decide: () => Check | Promise<Check>): Promise<Check> {
    const key = `${guess.secretId} ${truncateAddress(guess.address)}`;
    if (this.#proven.get(key) === true) return decide();
    const network = this.#networkOf(key);
    const text = enter(network, guess.digest, () => this.#take(key, network, guess));
    try {
      const isCounted = await text.isCounted;
      const check = await decide();
      if (check.isValid) {
        if (isCounted) network.left = Math.min(GUESSES_MAX, network.left + 1);
        this.#proven.set(key, true);
      }
      return check;
    } finally {
      leave(network, guess.digest, text);
    }
  }

  #networkOf(key: string): Network {
    const nowMs = this.#now();
    const known = this.#networks.get(key);
    if (known === undefined) {
      const fresh = { left: GUESSES_MAX, countedAtMs: nowMs, underWay: new Map(), isLookedUp: false };
      this.#networks.set(key, fresh);
      return fresh;
    }
    const come = Math.floor((nowMs - known.countedAtMs) / GUESS_MS);
    known.left = Math.min(GUESSES_MAX, known.left + come);
    known.countedAtMs += come * GUESS_MS;
    return known;
  }

  /** @returns whether one was taken: who is known here after all needs none */
  async #take(key: string, network: Network, { secretId, address }: Guess): Promise<boolean> {
    if (network.left <= 0 && !network.isLookedUp) {
      network.isLookedUp = true;
      if ((await this.#findLastNetwork(secretId)) === truncateAddress(address)) this.#proven.set(key, true);
    }
    if (this.#proven.get(key) === true) return false;
    if (network.left <= 0) {
      const retryAfterSeconds = (network.countedAtMs + GUESS_MS - this.#now()) / 1000;
      throw new AppError('overloaded', { retryAfterSeconds, reason: 'too many wrong secrets from one network' });
    }
    network.left -= 1;
    return true;
  }
}

function enter({ underWay }: Network, digest: string, take: () => Promise<boolean>): Text {
  const text = underWay.get(digest) ?? { checks: 0, isCounted: take() };
  text.checks += 1;
  underWay.set(digest, text);
  return text;
}

function leave({ underWay }: Network, digest: string, text: Text): void {
  text.checks -= 1;
  if (text.checks === 0) underWay.delete(digest);
}
