import { errorCatalogue } from '../src/errors.ts';

/** The README's table of error codes, between its markers. */
export function renderErrorTable(): string {
  const rows = Object.entries(errorCatalogue).map(
    ([code, { status, title }]) => `| ${status} | \`${code}\` | ${title} |`,
  );
  return ['| status | code | meaning |', '|---|---|---|', ...rows].join('\n');
}
