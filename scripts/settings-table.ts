import { settings } from '../src/settings/settings.ts';
import { smtpUrlOptions } from '../src/settings/smtp-url.ts';

/** The README's table of settings, between its markers. */
export function renderSettingsTable(): string {
  const rows = Object.entries(settings).map(([name, { shown, meaning }]) => `| \`${name}\` | ${shown} | ${meaning} |`);
  return ['| name | default | meaning |', '|---|---|---|', ...rows].join('\n');
}

/** The README's table of the options in `SMTP_URL`. */
export function renderSmtpTable(): string {
  const rows = Object.entries(smtpUrlOptions).map(([name, { meaning }]) => `| \`${name}\` | ${meaning} |`);
  return ['| option | meaning |', '|---|---|', ...rows].join('\n');
}
