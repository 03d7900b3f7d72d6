import pg from 'pg';
import { SESSION_QUERY } from '../../src/db/session.ts';
import { StatementGroup } from '../../src/db/statement-group.ts';
import { TIMELINE_QUERY } from '../../src/db/timeline.ts';

let recorded: string[][] | undefined;

// At the import, before any pool is made: a pool may bind `query` to the connections it opens.
const prototype = pg.Client.prototype as unknown as { query: (...args: unknown[]) => unknown };
const { query } = prototype;
prototype.query = function (this: unknown, ...args: unknown[]) {
  const [asked] = args;
  const texts = textsOf(asked).filter(isOfRequest);
  if (texts.length > 0) recorded?.push(texts);
  return query.apply(this, args);
};

function textsOf(asked: unknown): string[] {
  if (typeof asked === 'string') return [asked];
  if (asked instanceof StatementGroup) return asked.texts;
  const { text } = asked as { text?: string };
  return text === undefined ? [] : [text];
}

/**
 * The statements that are sent to the database while `work` runs, in their order and without their values. Those of the
 * sending of mail and of the last uses, which go on beside every request, and of new connections are left out.
 */
export async function recordStatements(work: () => Promise<unknown>): Promise<string[]> {
  return (await recordWays(work)).flat();
}

/** The same by the way to the database in which they travel. */
export async function recordWays(work: () => Promise<unknown>): Promise<string[][]> {
  recorded = [];
  try {
    await work();
    return recorded;
  } finally {
    recorded = undefined;
  }
}

function isOfRequest(text: string): boolean {
  if (text === SESSION_QUERY || text === TIMELINE_QUERY) return false;
  if (/\bfrom unnest\([^]*\bskip locked\b/.test(text)) return false;
  return !/\bmails\b/.test(text) || text.includes('insert into "mails"') || text.includes('code_mails');
}
