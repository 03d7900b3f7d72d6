import type { TestApp } from './build-app.ts';

/** Makes every query on these tables fail, until the returned function mends it. */
export async function hideTables(test: TestApp, tables: readonly string[]): Promise<() => Promise<void>> {
  await test.query(tables.map((table) => `alter table ${table} rename to ${table}_away;`).join(''));
  return async () => {
    await test.query(tables.map((table) => `alter table ${table}_away rename to ${table};`).join(''));
  };
}

/** Makes every write to these tables fail with an error that repeats the row, until the returned function mends it. */
export async function shoutOnWrite(test: TestApp, tables: readonly string[]): Promise<() => Promise<void>> {
  await test.query(`
    create function shout() returns trigger language plpgsql as $$
    begin
      raise exception 'refused: % %', to_jsonb(old), to_jsonb(new)
        using detail = to_jsonb(new)::text, hint = to_jsonb(new)::text;
    end $$`);
  for (const table of tables) {
    await test.query(
      `create trigger shout before insert or update or delete on ${table} for each row execute function shout()`,
    );
  }
  return async () => {
    await test.query('drop function shout cascade');
  };
}

/** The names of the service's own tables. */
export async function listTables(test: TestApp): Promise<string[]> {
  const rows = await test.query<{ name: string }>(
    `select table_name as name from information_schema.tables where table_schema = 'public' and table_type = 'BASE TABLE'`,
  );
  return rows.map(({ name }) => name);
}
