import { readFile } from 'node:fs/promises';
import t from 'tap';
import { renderSmtpTable } from '../../scripts/settings-table.ts';
import { readConfig } from '../../src/settings/config.ts';
import { readSmtpOptions, smtpUrlOptions } from '../../src/settings/smtp-url.ts';
import { problemsOf } from '../support/settings.ts';

const masterKey = { LATCHKEY_MASTER_KEY: Buffer.alloc(32, 1).toString('base64') };
const production = { NODE_ENV: 'production', DATABASE_URL: 'postgres://u@db/x', ...masterKey };

void t.test('the options in SMTP_URL have the kind that is written there', async (t) => {
  const url = 'smtp://mail?requireTLS=false&tls.servername=x&rateLimit=5&name=a.example';
  t.same(readSmtpOptions(new URL(url)), { requireTLS: false, 'tls.servername': 'x', rateLimit: 5, name: 'a.example' });
  t.equal(readConfig({ SMTP_URL: url }).smtpUrl, url);
});

void t.test('an option that is unknown, misspelled, given twice or of another kind is refused at start', async (t) => {
  for (const query of [
    'requireTls=true',
    'requireTLS=yes',
    'requireTLS=true&requireTLS=false',
    'rateLimit=0',
    'name=',
    'name=a%0D%0AMAIL',
    'logger=true',
    'constructor=x',
    '__proto__=x',
  ]) {
    const [problem = ''] = problemsOf({ SMTP_URL: `smtp://hunter2:hunter2@mail?${query}` });
    t.match(problem, /^SMTP_URL (?:may|must) hold /, query);
    t.notMatch(problem, 'hunter2');
  }
});

void t.test('in production who sends mail says from whom', async (t) => {
  const mail = { SMTP_URL: 'smtp://mail.acme.example' };
  t.match(problemsOf({ ...production, ...mail }), [/^MAIL_FROM is required with SMTP_URL /]);
  t.same(problemsOf({ ...production, ...mail, MAIL_FROM: 'Acme <a@acme.example>' }), []);
  t.same(problemsOf(production), []);
  t.same(problemsOf(mail), []);
});

void t.test('the README has the table of the options', async (t) => {
  const readme = await readFile(new URL('../../README.md', import.meta.url), 'utf8');
  t.ok(readme.includes(`<!-- smtp-options -->\n${renderSmtpTable()}\n<!-- /smtp-options -->`));
  for (const name of Object.keys(smtpUrlOptions)) t.match(renderSmtpTable(), `| \`${name}\` | `);
});
