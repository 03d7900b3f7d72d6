import type { Page } from 'playwright-core';
import t from 'tap';
import type { Problem, RecoveryCodes, SecondFactorAsked, TotpSetup } from '../../client/schema.ts';
import { openBrowser, withoutBrowser as skip } from '../support/browser.ts';
import { build } from '../support/build-app.ts';
import { registerUser } from '../support/factories.ts';
import { serveFrontend } from '../support/frontend-page.ts';
import { codeOf, forgetStep, wrongCodeOf } from '../support/second-factor.ts';

const VIRTUAL_AUTHENTICATOR = {
  protocol: 'ctap2',
  transport: 'internal',
  hasResidentKey: true,
  hasUserVerification: true,
  isUserVerified: true,
  automaticPresenceSimulation: true,
} as const;

void t.test('in a browser with an authenticator, the page of docs/frontend.md', { skip }, async (t) => {
  const frontend = await serveFrontend(t);
  // A host that may have passkeys, as an address may not.
  const origin = frontend.otherOrigin;
  const test = await build(t, { env: { PUBLIC_URL: 'http://localhost:3000', CORS_ORIGINS: origin } });
  const user = await registerUser(test);
  frontend.speakTo(await test.app.listen({ host: '127.0.0.1', port: 0 }));
  const { page } = await openBrowser(t);
  const devtools = await page.context().newCDPSession(page);
  await devtools.send('WebAuthn.enable', { enableUI: false });
  const { authenticatorId } = await devtools.send('WebAuthn.addVirtualAuthenticator', {
    options: VIRTUAL_AUTHENTICATOR,
  });
  const open = async (address: string) => {
    await page.goto(address);
    await page.waitForFunction('window.frontend !== undefined');
  };
  await open(origin);
  const logIn = () => run<Problem | SecondFactorAsked | null>(page, 'frontend.logIn', user.email, user.password);
  let secret = '';

  await t.test('sets up an authenticator app, and gets recovery codes', async (t) => {
    t.equal(await logIn(), null, 'the password is enough before');
    ({ secret } = await run<TotpSetup>(page, 'frontend.beginAuthenticator'));
    t.match(await run<Problem>(page, 'frontend.confirmAuthenticator', wrongCodeOf(secret)), { code: 'invalid_code' });
    const { recovery_codes: codes } = await run<RecoveryCodes>(page, 'frontend.confirmAuthenticator', codeOf(secret));
    t.equal(codes.length, 10);
    await forgetStep(test, user);
  });

  await t.test('logs in with a code of it, after a wrong one', async (t) => {
    await run(page, 'frontend.logOut');
    const asked = await logIn();
    t.match(asked, { has_authenticator: true, has_passkeys: false });
    t.equal(await run(page, 'frontend.tokens.read'), null, 'nobody is logged in yet');
    t.match(await run(page, 'frontend.sendCode', asked, wrongCodeOf(secret)), { code: 'invalid_second_factor' });
    t.equal(await run(page, 'frontend.sendCode', asked, codeOf(secret)), null);
    t.match(await run(page, 'frontend.tokens.read'), { access_token: String });
  });

  await t.test('adds a passkey, once on each authenticator', async (t) => {
    t.match(await run(page, 'frontend.addPasskey', 'Laptop'), { name: 'Laptop', recovery_codes: null });
    await t.rejects(run(page, 'frontend.addPasskey', 'Again'), /InvalidStateError/);
    const { credentials } = await devtools.send('WebAuthn.getCredentials', { authenticatorId });
    t.equal(credentials.length, 1);
    t.equal(credentials[0]?.rpId, 'localhost');
  });

  await t.test('logs in with it, again and again', async (t) => {
    for (let i = 0; i < 2; i += 1) {
      await run(page, 'frontend.logOut');
      const asked = await logIn();
      t.match(asked, { has_passkeys: true });
      t.equal(await run(page, 'frontend.usePasskey', asked), null);
      t.match(await run(page, 'frontend.tokens.read'), { access_token: String });
    }
    const [row] = await test.query<{ count: number }>('select sign_count::int as count from passkeys');
    t.ok(Number(row?.count) > 0, 'its count was kept');
  });

  await t.test('logs nobody in whom the authenticator has not verified', async (t) => {
    await run(page, 'frontend.logOut');
    const asked = await logIn();
    await devtools.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified: false });
    await t.rejects(run(page, 'frontend.usePasskey', asked), /NotAllowedError/);
    t.equal(await run(page, 'frontend.tokens.read'), null);
    await devtools.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified: true });
  });

  await t.test('is refused by the browser on another host', async (t) => {
    const asked = await logIn();
    const body = { temp_token: (asked as SecondFactorAsked).temp_token };
    const options = await test.request('POST', '/auth/v2/2fa/passkey/options/', { body });
    const { challenge } = options.json<{ challenge: string }>();
    await open(frontend.origin);
    const publicKey = `PublicKeyCredential.parseRequestOptionsFromJSON({ challenge: '${challenge}', rpId: 'localhost' })`;
    await t.rejects(page.evaluate(`navigator.credentials.get({ publicKey: ${publicKey} })`), /SecurityError/);
  });
});

/** Calls a function of the page. */
async function run<T>(page: Page, name: string, ...args: unknown[]): Promise<T> {
  return page.evaluate<T>(`${name}(${args.map((arg) => JSON.stringify(arg)).join(', ')})`);
}
