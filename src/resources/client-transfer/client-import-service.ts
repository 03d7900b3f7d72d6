import type { FastifyBaseLogger } from 'fastify';
import type { MemberCaller } from '../../changes/caller.ts';
import type { ChangeRunner } from '../../changes/change-runner.ts';
import { judgeDatabaseFailure } from '../../db/failures.ts';
import { AppError, errorCatalogue, isUniqueViolation } from '../../errors.ts';
import { FAULTS_MAX } from '../../http/fault-finder.ts';
import type { ImportedKeys } from '../../secrets/imported-secrets.ts';
import { BatchTurns } from './batch-turns.ts';
import { begin } from './begin.ts';
import { importBatch, TakenMeanwhileError } from './client-import-batch.ts';
import type { ImportRules } from './client-import-batch.ts';
import { CLIENT_ID_KEY, LOOKUP_KEY } from './client-import-repository.ts';
import type { ImportResult, ImportTotals } from './client-transfer-schemas.ts';
import { atOnce, lineByLine, readBatches } from './import-batches.ts';
import type { ReadLine } from './import-line.ts';
import { OpenTransfers } from './open-transfers.ts';

/** How often a batch is begun again because of others that import the same at the same time. */
const TRIES_MAX = 5;

type Source = AsyncIterable<Buffer>;
type Batches = AsyncGenerator<ImportResult[], void, undefined>;

export interface ClientImportService {
  /**
   * Imports line by line: each batch is a change of its own, and what was answered is done. Reads no further than its
   * answers are taken. The first batch is made before this resolves, so that what fails at once is thrown; what fails
   * later stands in the totals, which come last.
   * @throws AppError `overloaded`, `content_too_large`, `not_found`, `insufficient_role`
   */
  importLines: (caller: MemberCaller, source: Source) => Promise<AsyncIterable<string>>;
  /**
   * Imports all or nothing.
   * @throws AppError `import_failed` with what is wrong, line by line, and as {@link importLines}
   */
  importWhole: (caller: MemberCaller, source: Source) => Promise<string>;
}

export interface ClientImportOptions {
  changes: ChangeRunner;
  keys: ImportedKeys;
  rules: ImportRules;
  log: Pick<FastifyBaseLogger, 'error'>;
  /** Whether the service has begun to stop: then no batch is begun any more. */
  isStopping: () => boolean;
}

export function createClientImportService(options: ClientImportOptions): ClientImportService {
  const { keys, log, isStopping } = options;
  const open = new OpenTransfers('imports');
  const turns = new BatchTurns();

  function enter({ userId, organizationId }: MemberCaller): () => void {
    const detail = 'Another import into this organization is under way.';
    return open.enter(userId, [{ key: organizationId, max: 1, detail }]);
  }

  function importInTurn(caller: MemberCaller, read: ReadBatch): Promise<ImportResult[]> {
    return turns.run(() => {
      if (isStopping()) throw new AppError('overloaded', { detail: 'The service is being stopped.' });
      return importRead(options, caller, read);
    });
  }

  async function* importBatches(caller: MemberCaller, source: Source): Batches {
    const leave = enter(caller);
    try {
      for await (const batch of readBatches(source, keys, lineByLine)) {
        yield await importInTurn(caller, { batch, isWhole: false });
      }
    } finally {
      leave();
    }
  }

  /** The answer to an import; it begins with nothing, once the first batch has been made. */
  async function* answer(caller: MemberCaller, batches: Batches) {
    const totals = createTotals();
    try {
      const first = await batches.next();
      yield '';
      try {
        for (let next = first; next.done !== true; next = await batches.next()) {
          addTo(totals, next.value);
          yield next.value.map(toLine).join('');
        }
      } catch (err) {
        totals.done = false;
        totals.problem = explain(err);
        if (totals.problem.code === 'internal_error') log.error({ err, reqId: caller.requestId }, 'an import failed');
      }
    } finally {
      await batches.return();
    }
    yield toLine(totals);
  }

  return {
    importLines: (caller, source) => begin(answer(caller, importBatches(caller, source))),

    async importWhole(caller, source) {
      const leave = enter(caller);
      try {
        const batch: ReadLine[] = [];
        for await (const lines of readBatches(source, keys, atOnce)) batch.push(...lines);
        const results = await importInTurn(caller, { batch, isWhole: true });
        const totals = createTotals();
        addTo(totals, results);
        return [...results, totals].map(toLine).join('');
      } finally {
        leave();
      }
    },
  };
}

interface ReadBatch {
  batch: readonly ReadLine[];
  /** Whether all of it is imported or nothing. */
  isWhole: boolean;
}

/** Imports a batch as one change, and says what became of each of its lines, in their order. */
async function importRead(
  { changes, rules }: Pick<ClientImportOptions, 'changes' | 'rules'>,
  caller: MemberCaller,
  { batch, isWhole }: ReadBatch,
): Promise<ImportResult[]> {
  const clients = batch.flatMap((read) => ('client' in read ? read.client : []));
  for (let tries = 1; ; tries += 1) {
    try {
      return await changes.run(caller, {
        lock: 'no key update',
        async apply(change) {
          const verdicts = await importBatch(change, caller, { clients, rules });
          const ofLine = new Map(clients.map(({ line }, index) => [line, verdicts[index]]));
          const results = batch.map((read): ImportResult => {
            if ('client' in read) return { ...named(read.client), ...(ofLine.get(read.client.line) ?? lost()) };
            return { ...named(read.fault), result: 'failed', errors: read.fault.errors };
          });
          if (isWhole) requireNoFailure(results);
          return results;
        },
      });
    } catch (err) {
      if (tries === TRIES_MAX || !isTakenMeanwhile(err)) throw err;
    }
  }
}

function named({ line, clientId }: { line: number; clientId: string | null }) {
  return { line, client_id: clientId };
}

function lost(): never {
  throw new Error('a line of an import has no verdict');
}

/** @throws AppError `import_failed`, whose pointers begin with the number of the line */
function requireNoFailure(results: readonly ImportResult[]): void {
  const errors = results.flatMap(({ line, errors: faults = [] }) =>
    faults.map((fault) => ({ ...fault, pointer: `/${line}${fault.pointer}` })),
  );
  if (errors.length === 0) return;
  const detail = 'Nothing was imported; see errors, whose pointers begin with the number of the line.';
  throw new AppError('import_failed', { detail, errors: errors.slice(0, FAULTS_MAX) });
}

function isTakenMeanwhile(err: unknown): boolean {
  if (err instanceof TakenMeanwhileError) return true;
  return [CLIENT_ID_KEY, LOOKUP_KEY].some((constraint) => isUniqueViolation(err, constraint));
}

function createTotals(): ImportTotals {
  return { done: true, imported: 0, already_imported: 0, failed: 0, problem: null };
}

function addTo(totals: ImportTotals, results: readonly ImportResult[]): void {
  for (const { result } of results) totals[result] += 1;
}

function explain(err: unknown): NonNullable<ImportTotals['problem']> {
  if (err instanceof AppError)
    return { code: err.code, detail: err.options.detail ?? `${errorCatalogue[err.code].title}.` };
  const code = judgeDatabaseFailure(err) === undefined ? 'internal_error' : 'database_unavailable';
  return { code, detail: `${errorCatalogue[code].title}.` };
}

function toLine(document: object): string {
  return `${JSON.stringify(document)}\n`;
}
