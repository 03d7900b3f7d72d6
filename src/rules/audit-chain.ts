import { createHash } from 'node:crypto';

/** The place in a chain, by which it can be told whether all before it still is what it was. */
export interface ChainPoint {
  sequence: number;
  hash: string;
}

/** An event as its chain keeps it. */
export interface ChainLink extends ChainPoint {
  /** Canonical JSON (RFC 8785) of the event without its `hash`: what was hashed. */
  canonical: string;
}

/** What the first event of a chain names as the hash before it. */
export function beginningOf(chain: { type: string; id: string }): ChainPoint {
  return { sequence: 0, hash: sha256(`${chain.type}:${chain.id}`) };
}

/** Goes along a chain, event by event, and says what is wrong first. */
export interface ChainWalk {
  /** @returns what is wrong with the next event; undefined where nothing is */
  step: (link: ChainLink) => string | undefined;
  /** @returns what is wrong with the end, where it is known */
  end: (head?: ChainPoint) => string | undefined;
}

/**
 * Begins to go along a chain.
 * @param from what the first event must follow; null where that is not known
 * @param kept a head of this chain that was kept elsewhere: it must be passed
 */
export function walkChain(from: ChainPoint | null, kept?: ChainPoint): ChainWalk {
  let last = from;
  return {
    step(link) {
      const fault = explainLink(last, link);
      if (fault !== undefined) return `event ${link.sequence} ${fault}`;
      if (kept?.sequence === link.sequence && kept.hash !== link.hash) {
        return `event ${link.sequence} is not the one that the kept head names`;
      }
      last = { sequence: link.sequence, hash: link.hash };
      return undefined;
    },
    end(head) {
      const sequence = last?.sequence ?? 0;
      if (head !== undefined && sequence < head.sequence) return `${missing(sequence + 1, head.sequence)} at the end`;
      if (head !== undefined && (sequence > head.sequence || last?.hash !== head.hash)) {
        return `event ${sequence} is not the one with which the chain should end`;
      }
      if (kept === undefined || sequence >= kept.sequence) return undefined;
      return `${missing(sequence + 1, kept.sequence)} at the end: the kept head names event ${kept.sequence}`;
    },
  };
}

function explainLink(previous: ChainPoint | null, link: ChainLink): string | undefined {
  const said = readPoint(link.canonical);
  if (said === undefined) return 'is no event';
  if (sha256(link.canonical) !== link.hash || said.sequence !== link.sequence) return 'was changed';
  if (previous === null) return undefined;
  const next = previous.sequence + 1;
  if (link.sequence > next) return `follows event ${previous.sequence}: ${missing(next, link.sequence - 1)}`;
  if (link.sequence < next) return `follows event ${previous.sequence}: it was put in or moved`;
  return said.previousHash === previous.hash ? undefined : `does not name the event ${previous.sequence} that is there`;
}

/** Says which events are not there. */
function missing(first: number, last: number): string {
  return first === last ? `event ${first} is missing` : `events ${first} to ${last} are missing`;
}

function readPoint(canonical: string): { sequence: number; previousHash: string } | undefined {
  try {
    const event = JSON.parse(canonical) as Partial<Record<string, unknown>> | null;
    const { sequence, previous_hash: previousHash } = event ?? {};
    return typeof sequence === 'number' && typeof previousHash === 'string' ? { sequence, previousHash } : undefined;
  } catch {
    return undefined;
  }
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
