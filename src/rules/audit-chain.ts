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

/**
 * What is wrong with an event in its place; undefined where nothing is.
 * @param previous null where the events before this one are not there to be looked at
 */
export function explainLink(previous: ChainPoint | null, link: ChainLink): string | undefined {
  const said = readPoint(link.canonical);
  if (said === undefined) return 'is no event';
  if (sha256(link.canonical) !== link.hash || said.sequence !== link.sequence) return 'was changed';
  if (previous === null) return undefined;
  const next = previous.sequence + 1;
  if (link.sequence > next) return `follows event ${previous.sequence}: ${missing(next, link.sequence - 1)}`;
  if (link.sequence < next) return `follows event ${previous.sequence}: it was put in or moved`;
  return said.previousHash === previous.hash
    ? undefined
    : `does not follow the event ${previous.sequence} that is there`;
}

/** Says which events are not there. */
export function missing(first: number, last: number): string {
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
