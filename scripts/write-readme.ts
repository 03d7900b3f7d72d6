import { readFile, writeFile } from 'node:fs/promises';
import { renderErrorTable, renderFaultTable } from './error-table.ts';
import { renderSettingsTable, renderSmtpTable } from './settings-table.ts';

const path = new URL('../README.md', import.meta.url);
const readme = await readFile(path, 'utf8');
const withSettings = replacePart(readme, 'settings', renderSettingsTable());
const withSmtp = replacePart(withSettings, 'smtp-options', renderSmtpTable());
const withErrors = replacePart(withSmtp, 'errors', renderErrorTable());
await writeFile(path, replacePart(withErrors, 'faults', renderFaultTable()));

function replacePart(text: string, name: string, content: string): string {
  const [start, end] = [`<!-- ${name} -->`, `<!-- /${name} -->`];
  const before = text.slice(0, text.indexOf(start) + start.length);
  return `${before}\n${content}\n${text.slice(text.indexOf(end))}`;
}
