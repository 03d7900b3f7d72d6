import type { AuditEvent, AuditHead } from '../../../../client/schema.ts';

/** Whether a chain of audit events is whole. */
export type ChainVerdict =
  | { kind: 'whole'; count: number; first: number; last: number }
  | { kind: 'changed' | 'unlinked' | 'beginning'; sequence: number }
  | { kind: 'end'; sequence: number; head: number };

interface Options {
  organization: string;
  events: AsyncIterable<AuditEvent>;
  head: Pick<AuditHead, 'sequence' | 'hash'>;
  onProgress: (count: number) => void;
}

const STEP = 500;

/**
 * Computes every hash anew, here and not by the service: each event names the one before it, and the last one is the
 * head. Events older than the retention are gone, so the first may be any.
 */
export async function verifyChain({ organization, events, head, onProgress }: Options): Promise<ChainVerdict> {
  let count = 0;
  let first = 0;
  let last: Pick<AuditEvent, 'sequence' | 'hash'> | null = null;
  for await (const event of events) {
    const { hash, ...rest } = event;
    const { sequence } = event;
    if ((await digest(toCanonicalJson(rest))) !== hash) return { kind: 'changed', sequence };
    const before: string | null = last?.hash ?? (sequence === 1 ? await digest(`organization:${organization}`) : null);
    const follows = last === null || sequence === last.sequence + 1;
    if (!follows) return { kind: 'unlinked', sequence };
    if (before !== null && event.previous_hash !== before) {
      return { kind: last === null ? 'beginning' : 'unlinked', sequence };
    }
    if (last === null) first = sequence;
    // Events that came while the rest was read are beyond the head.
    if (sequence === head.sequence && hash !== head.hash) return { kind: 'changed', sequence };
    last = { sequence, hash };
    count += 1;
    if (count % STEP === 0) onProgress(count);
  }
  if ((last?.sequence ?? 0) < head.sequence) {
    return { kind: 'end', sequence: last?.sequence ?? 0, head: head.sequence };
  }
  return { kind: 'whole', count, first, last: last?.sequence ?? 0 };
}

/** One JSON document a line, as they come: never all of them at once. */
export async function* readLines(stream: ReadableStream<Uint8Array>): AsyncGenerator<AuditEvent> {
  let rest = '';
  const reader = stream.pipeThrough(new TextDecoderStream() as ReadableWritablePair<string, Uint8Array>).getReader();
  for (;;) {
    const { done, value } = await reader.read();
    const lines = `${rest}${value ?? ''}`.split('\n');
    rest = done ? '' : (lines.pop() ?? '');
    for (const line of lines) if (line !== '') yield JSON.parse(line) as AuditEvent;
    if (done) return;
  }
}

/** RFC 8785: members by name, no white space. */
function toCanonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(toCanonicalJson).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const members = Object.entries(value)
    .toSorted(([one], [other]) => (one < other ? -1 : 1))
    .map(([name, member]) => `${JSON.stringify(name)}:${toCanonicalJson(member)}`);
  return `{${members.join(',')}}`;
}

async function digest(content: string): Promise<string> {
  const hash = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(content));
  return Array.from(new Uint8Array(hash), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
