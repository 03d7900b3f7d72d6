import { AppError } from '../errors.ts';

/** One JSON document a line. */
export const NDJSON = 'application/x-ndjson';

const LINE_FEED = 0x0a;

export interface LineBounds {
  /** Of one line; a longer one is passed over. */
  lineBytesMax: number;
  /** Of all of them. */
  bytesMax: number;
}

/** A line without its end; null in the place of one that is too long. */
export type Line = Buffer | null;

/**
 * Cuts a stream into lines, and reads no further than it is asked for: who takes no lines lets the sender wait.
 * @throws AppError `content_too_large` when there is more than `bytesMax`
 */
export async function* readLines(
  source: AsyncIterable<Buffer>,
  { lineBytesMax, bytesMax }: LineBounds,
): AsyncGenerator<Line, void, undefined> {
  let bytes = 0;
  let parts: Buffer[] = [];
  let length = 0;
  const keep = (part: Buffer) => {
    length += part.length;
    if (length <= lineBytesMax) parts.push(part);
    else parts = [];
  };
  const take = (): Line => {
    const line = length > lineBytesMax ? null : Buffer.concat(parts);
    parts = [];
    length = 0;
    return line;
  };
  for await (const chunk of source) {
    bytes += chunk.length;
    if (bytes > bytesMax) throw new AppError('content_too_large', { detail: `The body may have ${bytesMax} bytes.` });
    let start = 0;
    for (let end = chunk.indexOf(LINE_FEED); end >= 0; end = chunk.indexOf(LINE_FEED, start)) {
      keep(chunk.subarray(start, end));
      yield take();
      start = end + 1;
    }
    if (start < chunk.length) keep(chunk.subarray(start));
  }
  if (length > 0) yield take();
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The document on a line; undefined for what is none. */
export function parseLine(line: Buffer): unknown {
  try {
    return JSON.parse(utf8.decode(line));
  } catch {
    return undefined;
  }
}

/** Whether there is nothing on a line. */
export function isBlankLine(line: Buffer): boolean {
  return line.every((byte) => byte === 0x20 || byte === 0x09 || byte === 0x0d);
}
