import { errorCatalogue, faultCatalogue } from '../src/errors.ts';

/** The README's table of error codes, between its markers. */
export function renderErrorTable(): string {
  const rows = Object.entries(errorCatalogue).map(
    ([code, { status, title }]) => `| ${status} | \`${code}\` | ${title} |`,
  );
  return ['| status | code | meaning |', '|---|---|---|', ...rows].join('\n');
}

/** The README's table of what can be wrong with one value, between its markers. */
export function renderFaultTable(): string {
  const rows = Object.entries(faultCatalogue).map(([code, meaning]) => `| \`${code}\` | ${meaning} |`);
  return ['| code | the value |', '|---|---|', ...rows].join('\n');
}
