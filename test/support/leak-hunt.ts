import type { LightMyRequestResponse } from 'fastify';
import type { TestApp } from './build-app.ts';

/** A text that may hold what it must not. */
export interface Evidence {
  where: string;
  text: string;
  /** Secrets that belong here: the answer that makes one may hold it. */
  allowed?: ReadonlySet<string>;
}

/** Everything secret that was in play, and where it turned up. */
export interface LeakHunt {
  /** Notes a secret under a name for the report, and gives it back. */
  note: (name: string, value: string) => string;
  /** The names of the secrets found, each with where. */
  search: (evidence: readonly Evidence[]) => string[];
  readonly size: number;
}

export function createLeakHunt(): LeakHunt {
  const secrets = new Map<string, { name: string; spellings: string[] }>();
  return {
    note(name, value) {
      if (!secrets.has(value)) secrets.set(value, { name, spellings: spell(value) });
      return value;
    },
    search(evidence) {
      return evidence.flatMap(({ where, text, allowed }) =>
        [...secrets]
          .filter(([value, { spellings }]) => allowed?.has(value) !== true && spellings.some((s) => text.includes(s)))
          .map(([, { name }]) => `${name} in ${where}`),
      );
    },
    get size() {
      return secrets.size;
    },
  };
}

/** The forms in which a text could be carried by another. */
export function spell(value: string): string[] {
  const quoted = JSON.stringify(value).slice(1, -1);
  const encoded = encodeURIComponent(value);
  return [
    ...new Set([
      value,
      quoted,
      JSON.stringify(quoted).slice(1, -1),
      encoded,
      new URLSearchParams({ v: value }).toString().slice(2),
      Buffer.from(value).toString('hex'),
      ...[0, 1, 2].flatMap((offset) => spellBase64(value, offset)),
    ]),
  ];
}

/** What base64 makes of a text that begins at that byte of a group of three, without what its neighbours decide. */
function spellBase64(value: string, offset: number): string[] {
  const bytes = Buffer.concat([Buffer.alloc(offset), Buffer.from(value)]);
  const skipped = Math.ceil((offset * 8) / 6);
  const inner = (encoding: 'base64' | 'base64url') =>
    bytes.toString(encoding).slice(skipped, Math.floor((bytes.length * 8) / 6));
  return [inner('base64'), inner('base64url')];
}

/** Every row of every table as JSON, so that no column is forgotten. */
export async function dumpTables(test: TestApp): Promise<Evidence[]> {
  const tables = await test.query<{ name: string; label: string }>(
    `select format('%I.%I', table_schema, table_name) as name, table_name as label from information_schema.tables
     where table_schema not in ('pg_catalog', 'information_schema') and table_type = 'BASE TABLE'`,
  );
  const selects = tables.map(
    ({ name, label }) => `select '${label}' as label, to_jsonb(t)::text as row from ${name} t`,
  );
  const rows = await test.query<{ label: string; row: string }>(selects.join(' union all '));
  return rows.map(({ label, row }) => ({ where: `table ${label}`, text: row }));
}

/** All of an answer. */
export function textOf({ headers, body }: LightMyRequestResponse): string {
  return `${JSON.stringify(headers)}\n${body}`;
}
