import pg from 'pg';

/**
 * The statements that are sent to the database while `work` runs, in their order and without their values. Those of the
 * sending of mail, which goes on beside every request, are left out.
 */
export async function recordStatements(work: () => Promise<unknown>): Promise<string[]> {
  const statements: string[] = [];
  const prototype = pg.Client.prototype as unknown as { query: (...args: unknown[]) => unknown };
  const { query } = prototype;
  prototype.query = function (this: unknown, ...args: unknown[]) {
    const [asked] = args;
    const text = typeof asked === 'string' ? asked : (asked as { text?: string } | undefined)?.text;
    if (text !== undefined && !isOfMailWorker(text)) statements.push(text);
    return query.apply(this, args);
  };
  try {
    await work();
  } finally {
    prototype.query = query;
  }
  return statements;
}

function isOfMailWorker(text: string): boolean {
  return /\bmails\b/.test(text) && !/insert into "mails"/.test(text) && !/code_mails/.test(text);
}
