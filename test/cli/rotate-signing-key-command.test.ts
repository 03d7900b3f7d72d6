import { decodeProtectedHeader } from 'jose';
import t from 'tap';
import { query, until } from '../support/embedded-service.ts';
import { makeDeployment, runCommand, runForJson, runInstalled } from '../support/command-line.ts';
import { makeMasterKey, makeServicePlace, call } from '../support/service-process.ts';
import { expectStatus, logIn, signUp } from '../support/service-user.ts';
import { plantKeys } from '../support/signing-keys.ts';
import { startSmtpServer } from '../support/smtp-server.ts';

interface Rotation {
  kid: string;
  keys: { kid: string; algorithm: string; signs_from: string }[];
  signs_from: string;
  are_old_tokens_refused: boolean;
}

const smtp = await startSmtpServer();
t.teardown(() => smtp.stop());

async function listKids(origin: string): Promise<string[]> {
  const { body } = await call<{ keys: { kid: string }[] }>(origin, '/.well-known/jwks.json');
  return body.keys.map(({ kid }) => kid);
}

void t.test('the new key is published before it signs, and says from when on', async (t) => {
  const env = await makeDeployment(t);
  await plantKeys(env);
  const { launch } = await makeServicePlace(t);
  const before = launch({ ...env, SMTP_URL: smtp.smtpUrl, LOG_LEVEL: 'info' });
  const user = await signUp(await before.listening(), smtp);
  const old = decodeProtectedHeader(user.token).kid;

  const { code, document, stderr } = await runForJson<Rotation>(['rotate-signing-key'], { env });
  t.same({ code, stderr }, { code: 0, stderr: '' });
  const waitSeconds = (Date.parse(document.signs_from) - Date.now()) / 1000;
  t.ok(waitSeconds > 300 - 60, 'longer than a verifier may keep the key set, less what this took');
  t.equal(document.are_old_tokens_refused, false);
  t.same(document.keys, [{ kid: document.kid, algorithm: 'RS256', signs_from: document.signs_from }]);

  const after = launch({ ...env, LOG_LEVEL: 'info' });
  const origin = await after.listening();
  t.same(await listKids(origin), [document.kid, old]);
  const { body } = await expectStatus(200, logIn(origin, user.email));
  t.equal(decodeProtectedHeader((body as { access_token: string }).access_token).kid, old);
  t.equal((await call(origin, '/auth/v2/organizations/me/', { token: user.token })).status, 200);
});

void t.test('with --now it signs at once, and tokens of the old keys are refused', async (t) => {
  const env = await makeDeployment(t);
  await plantKeys(env);
  const { launch } = await makeServicePlace(t);
  const service = launch({ ...env, SMTP_URL: smtp.smtpUrl, LOG_LEVEL: 'info' });
  const user = await signUp(await service.listening(), smtp);
  // One that waits for its time is not to sign later either.
  t.equal((await runCommand(['rotate-signing-key'], { env })).code, 0);
  const { code, stdout, stderr } = await runInstalled(['rotate-signing-key', '--now'], { env });
  t.same({ code, stderr }, { code: 0, stderr: '' });
  const kid = /^The new RS256 key (\S{43}) signs\.\nTokens of the old keys are refused/.exec(stdout)?.[1];
  t.same(await query(env.DATABASE_URL, 'select kid from signing_keys'), [{ kid }]);

  const origin = await launch({ ...env, LOG_LEVEL: 'info' }).listening();
  t.same(await listKids(origin), [kid]);
  t.equal((await call(origin, '/auth/v2/organizations/me/', { token: user.token })).status, 401);
  const { body } = await expectStatus(200, logIn(origin, user.email));
  const { access_token: token } = body as { access_token: string };
  t.equal(decodeProtectedHeader(token).kid, kid);
  t.equal((await call(origin, '/auth/v2/organizations/me/', { token })).status, 200);
  // The process that knew the old key learns of the new one.
  const running = await service.listening();
  await until(async () => (await call(running, '/auth/v2/organizations/me/', { token })).status === 200);
  t.same(await listKids(running), [kid]);
  t.equal((await call(running, '/auth/v2/organizations/me/', { token: user.token })).status, 401);
});

void t.test('keys of another algorithm that access tokens have are made and told of as well', async (t) => {
  const env = await makeDeployment(t);
  await plantKeys(env);
  const { launch } = await makeServicePlace(t);
  const origin = await launch({ ...env, ACCESS_TOKEN_ALGORITHM: 'ES256', LOG_LEVEL: 'info' }).listening();
  const before = await listKids(origin);
  t.equal(before.length, 2);
  // The setting of whoever runs the command does not matter.
  const { document } = await runForJson<Rotation>(['rotate-signing-key'], { env });
  t.same(
    document.keys.map(({ algorithm }) => algorithm),
    ['RS256', 'ES256'],
  );
  t.same([...new Set(document.keys.map((key) => key.signs_from))], [document.signs_from]);
  const { stdout } = await runCommand(['rotate-signing-key', '--now'], { env });
  t.match(stdout, /^The new RS256 key \S{43} signs\.\nThe new ES256 key \S{43} signs\.\nTokens of the old keys are /);
  t.equal((await query(env.DATABASE_URL, 'select kid from access_token_keys')).length, 1);
});

void t.test('a master key that does not open the stored keys is refused, and no key is made', async (t) => {
  const env = await makeDeployment(t);
  await plantKeys(env);
  const before = await query(env.DATABASE_URL, 'select * from signing_keys order by kid');
  for (const args of [[], ['--now']]) {
    const { code, stdout, stderr } = await runCommand(['rotate-signing-key', ...args], {
      env: { ...env, LATCHKEY_MASTER_KEY: makeMasterKey() },
    });
    t.same({ code, stdout }, { code: 1, stdout: '' });
    t.match(stderr, /^LATCHKEY_MASTER_KEY is not the key this database was set up with/);
  }
  t.same(await query(env.DATABASE_URL, 'select * from signing_keys order by kid'), before);
});
