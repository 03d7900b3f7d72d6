import { randomBytes } from 'node:crypto';
import t from 'tap';
import { settings } from '../../src/settings/settings.ts';
import { MasterKey } from '../../src/master-key/master-key.ts';
import { runCommand, runForJson, runInstalled } from '../support/command-line.ts';

interface Report {
  settings: { name: string; value: unknown; is_default: boolean; is_secret: boolean; is_valid: boolean }[];
  problems: string[];
}

void t.test('without settings every one is shown with its default, marked as such', async (t) => {
  const { code, stdout, stderr } = await runInstalled(['config']);
  t.same({ code, stderr }, { code: 0, stderr: '' });
  const lines = stdout.trimEnd().split('\n');
  t.same(
    lines.map((line) => line.split(' ')[0]),
    Object.keys(settings),
  );
  for (const line of lines) t.match(line, / \(default\)$/);
  t.match(stdout, /^PORT +3000 \(default\)$/m);
  t.match(stdout, /^DATABASE_URL +embedded, in \.\/data \(default\)$/m);
  t.match(stdout, /^PUBLIC_URL +http:\/\/localhost:3000 \(default\)$/m);
  t.match(stdout, /^SMTP_URL +none \(default\)$/m);

  const { document } = await runForJson<Report>(['config']);
  t.same(
    document.settings.map(({ name, is_default: isDefault }) => [name, isDefault]),
    Object.keys(settings).map((name) => [name, true]),
  );
  t.same(document.problems, []);
});

void t.test('what is set is shown, and of a secret only what is none', async (t) => {
  const keys = [randomBytes(32), randomBytes(32)] as const;
  const env = {
    PORT: '8080',
    DATABASE_URL: 'postgres://hunter2user:hunter2@db.example:5433/accounts?sslpassword=hunter2',
    SMTP_URL: 'smtps://hunter2user:hunter2@mail.example:465',
    LATCHKEY_MASTER_KEY: keys.map((key) => key.toString('base64')).join(),
    LATCHKEY_TRUSTED_ISSUER: 'https://hunter2user:hunter2@issuer.example/realm',
    LATCHKEY_TRUSTED_AUDIENCE: 'latchkey',
    CORS_ORIGINS: 'https://app.example.com, https://admin.example.com',
  };
  const { code, stdout } = await runCommand(['config'], { env });
  t.equal(code, 0);
  const [current = '', old = ''] = new MasterKey(keys).peppers.map(({ version }) => version);
  for (const line of [
    /^PORT +8080$/m,
    /^PUBLIC_URL +http:\/\/localhost:8080 \(default\)$/m,
    /^DATABASE_URL +postgres:\/\/\*\*\*@db\.example:5433\/accounts\?\*\*\*$/m,
    /^SMTP_URL +smtps:\/\/\*\*\*@mail\.example:465$/m,
    new RegExp(`^LATCHKEY_MASTER_KEY +${current} \\(current\\), ${old} \\(old\\)$`, 'm'),
    /^LATCHKEY_TRUSTED_ISSUER +https:\/\/\*\*\*@issuer\.example\/realm$/m,
  ]) {
    t.match(stdout, line);
  }
  const { document } = await runForJson<Report>(['config'], { env });
  const secrets = [
    'hunter2',
    ...keys.flatMap((key) => [key.toString('base64'), key.toString('base64url'), key.toString('hex')]),
  ];
  for (const text of [stdout, JSON.stringify(document)]) {
    for (const secret of secrets) t.notOk(text.includes(secret));
  }
  t.match(
    document.settings.find(({ name }) => name === 'CORS_ORIGINS'),
    { value: ['https://app.example.com', 'https://admin.example.com'], is_default: false },
  );
  t.same(
    document.settings.filter(({ is_secret: isSecret }) => isSecret).map(({ name }) => name),
    Object.entries(settings).flatMap(([name, { isSecret }]) => (isSecret ? [name] : [])),
  );
});

void t.test('every setting that is wrong is named, the others are shown, and the exit code is 1', async (t) => {
  const env = { NODE_ENV: 'production', PORT: 'seventy', SMTP_URL: 'hunter2', HOST: '::1' };
  const { code, stdout, stderr } = await runCommand(['config'], { env });
  t.equal(code, 1);
  const wrong = ['PORT', 'SMTP_URL', 'DATABASE_URL', 'LATCHKEY_MASTER_KEY'];
  for (const name of wrong) {
    t.match(stdout, new RegExp(`^${name} +not valid$`, 'm'));
    t.match(stderr, new RegExp(`^- ${name} `, 'm'));
  }
  t.match(stdout, /^HOST +::1$/m);
  t.notMatch(stdout + stderr, 'hunter2');

  const { code: jsonCode, document } = await runForJson<Report>(['config'], { env });
  t.equal(jsonCode, 1);
  t.same(
    document.settings
      .filter(({ is_valid: isValid }) => !isValid)
      .map(({ name }) => name)
      .sort(),
    [...wrong].sort(),
  );
  t.equal(document.problems.length, wrong.length);
});

void t.test('a secret that stands in a file is shown as little, and a file that cannot be used is named', async (t) => {
  const key = randomBytes(32).toString('base64');
  const dir = t.testdir({ key, database: 'postgres://hunter2user:hunter2@db.example/accounts' });
  const env = { DATABASE_URL_FILE: `${dir}/database`, LATCHKEY_MASTER_KEY_FILE: `${dir}/key` };
  const { code, stdout } = await runCommand(['config'], { env });
  t.equal(code, 0);
  t.match(stdout, /^DATABASE_URL +postgres:\/\/\*\*\*@db\.example\/accounts$/m);
  t.match(stdout, /^LATCHKEY_MASTER_KEY +\S{8} \(current\)$/m);
  t.notOk(stdout.includes(key));

  const wrong = await runForJson<Report>(['config'], {
    env: { ...env, LATCHKEY_MASTER_KEY_FILE: `${dir}/none`, PORT: 'x' },
  });
  t.equal(wrong.code, 1);
  t.match(wrong.document.problems, [/^PORT must be /, /^LATCHKEY_MASTER_KEY must be in a file .* \(ENOENT\)$/]);
  t.match(
    wrong.document.settings.find(({ name }) => name === 'LATCHKEY_MASTER_KEY'),
    { value: null, is_valid: false, is_default: false },
  );
});
