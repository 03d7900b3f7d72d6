import { createHash } from 'node:crypto';
import type { TestApp } from './build-app.ts';
import { API } from './factories.ts';
import { Lines, readLines } from './lines.ts';

export interface ImportLine {
  line: number;
  client_id: string | null;
  result: string;
  errors?: { pointer: string; code: string; detail: string }[];
}

export interface ImportEnd {
  done: boolean;
  imported: number;
  already_imported: number;
  failed: number;
  problem: { code: string; detail: string } | null;
}

export function importPath({ organizationId }: { organizationId: string }, query = ''): string {
  return `${API}/organizations/${organizationId}/api-clients/import/${query}`;
}

/** A line of an import that is fine as it stands. */
export function importLine(clientId: string, more: object = {}) {
  return { client_id: clientId, name: 'Moved', environment: 'live', permissions: ['api.read'], ...more };
}

/** Imports lines and gives what became of them. */
export async function importLines(
  test: TestApp,
  owner: { organizationId: string; token: string },
  lines: readonly unknown[] | Lines,
): Promise<{ results: ImportLine[]; end: ImportEnd }> {
  const body = lines instanceof Lines ? lines : new Lines(lines);
  const response = await test.request('POST', importPath(owner, body.query), { token: owner.token, body });
  if (response.statusCode !== 200) throw new Error(`the import answered ${response.statusCode}: ${response.body}`);
  const documents = readLines<ImportLine | ImportEnd>(response.body);
  return { results: documents.slice(0, -1) as ImportLine[], end: documents.at(-1) as ImportEnd };
}

/** How a secret is found without its client. */
export function lookupOf(secret: string): string {
  return createHash('sha256').update(secret).digest('hex').slice(0, 32);
}

/** That a secret is 43 random characters of base64url. */
export const random = { characters: 43, alphabet: 'base64' };
