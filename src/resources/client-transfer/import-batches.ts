import { AppError } from '../../errors.ts';
import { readLines } from '../../http/ndjson.ts';
import type { ImportedKeys } from '../../secrets/imported-secrets.ts';
import { readImportLine } from './import-line.ts';
import type { ReadLine } from './import-line.ts';

/** How much one import may hold. */
export interface ImportBounds {
  linesMax: number;
  bytesMax: number;
  /** As much is in memory, and in one transaction, at a time. */
  batchLines: number;
  batchBytes: number;
}

export const LINE_BYTES_MAX = 256 * 1024;

export const lineByLine: ImportBounds = {
  linesMax: 100_000,
  bytesMax: 256 * 1024 * 1024,
  batchLines: 200,
  batchBytes: 1024 * 1024,
};

/** Of what is made whole or not at all: one transaction, and nobody else adds to the organization meanwhile. */
export const atOnce: ImportBounds = {
  linesMax: 1_000,
  bytesMax: 4 * 1024 * 1024,
  batchLines: Infinity,
  batchBytes: Infinity,
};

/**
 * Reads the lines of an import, a batch at a time, and no further than it is asked for.
 * @throws AppError `content_too_large`
 */
export async function* readBatches(
  source: AsyncIterable<Buffer>,
  keys: ImportedKeys,
  { linesMax, bytesMax, batchLines, batchBytes }: ImportBounds,
): AsyncGenerator<ReadLine[], void, undefined> {
  let batch: ReadLine[] = [];
  let bytes = 0;
  let number = 0;
  for await (const line of readLines(source, { lineBytesMax: LINE_BYTES_MAX, bytesMax })) {
    number += 1;
    if (number > linesMax) throw new AppError('content_too_large', { detail: `The body may have ${linesMax} lines.` });
    const read = readImportLine(keys, number, line);
    if (read === null) continue;
    batch.push(read);
    bytes += line?.length ?? 0;
    if (batch.length < batchLines && bytes < batchBytes) continue;
    yield batch;
    batch = [];
    bytes = 0;
  }
  if (batch.length > 0) yield batch;
}
