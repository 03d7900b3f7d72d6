import { settings } from '../src/settings/settings.ts';

/** The README's table of settings, between its markers. */
export function renderSettingsTable(): string {
  const rows = Object.entries(settings).map(([name, { shown, meaning }]) => `| \`${name}\` | ${shown} | ${meaning} |`);
  return ['| name | default | meaning |', '|---|---|---|', ...rows].join('\n');
}
