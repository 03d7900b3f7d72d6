import t from 'tap';
import { build } from '../support/build-app.ts';

const test = await build(t);

void t.test('no function of the database relies on the search path of the session that runs it', async (t) => {
  const tables = await test.query<{ name: string }>(
    `select tablename as name from pg_tables where schemaname = 'public'`,
  );
  const functions = await test.query<{ name: string; body: string }>(
    `select proname as name, prosrc as body from pg_proc join pg_language on pg_language.oid = prolang
     where pronamespace = 'public'::regnamespace and lanname in ('plpgsql', 'sql')`,
  );
  t.ok(tables.length > 20 && functions.length > 5, 'there is something to look at');
  const unqualified = new RegExp(
    `(?<!\\.)\\b(?:from|into|update|join|table|only)\\s+"?(${tables.map(({ name }) => name).join('|')})\\b`,
    'i',
  );
  const called = new RegExp(`(?<!\\.)(?<!")\\b(${functions.map(({ name }) => name).join('|')})"?\\(`, 'i');
  for (const { name, body } of functions) {
    t.notMatch(body, unqualified, name);
    t.notMatch(body, called, name);
  }
});
