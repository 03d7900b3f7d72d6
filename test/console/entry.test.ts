import type { Page } from 'playwright-core';
import t from 'tap';
import { checkScreen } from '../support/axe.ts';
import { withoutBrowser } from '../support/browser.ts';
import { openConsole } from '../support/console-page.ts';
import type { ConsoleSite } from '../support/console-page.ts';
import { until } from '../support/embedded-service.ts';
import { makeEmail, PASSWORD } from '../support/factories.ts';
import { codeOf } from '../support/second-factor.ts';
import { readCode, verify } from '../support/service-user.ts';

const WEAK = 'short';

void t.test('the way into the console', { skip: withoutBrowser }, async (t) => {
  const site = await openConsole();
  const owner = await site.signUp();

  await t.test('a person registers, enters the mailed code, keeps the API key and is in', async (t) => {
    const { page, goTo, violations, context } = await site.open();
    const email = makeEmail();
    await goTo('/register');
    await button(page, 'Create account').click();
    await faultOf(page, 'Email', 'is missing');
    await page.getByLabel('Email').fill(email);
    await page.getByLabel('Password').fill(WEAK);
    await button(page, 'Create account').click();
    await faultOf(page, 'Password', /Must have at least 8 characters/);
    t.equal(await page.getByLabel('Email').inputValue(), email, 'what was typed is kept');
    t.equal(await page.getByLabel('Password').inputValue(), WEAK);
    await page.getByLabel('Password').fill(PASSWORD);
    await button(page, 'Create account').click();
    // A whole code is sent by itself, once; the next one by hand.
    await page.getByLabel('Code from the mail').fill('AAAAAA');
    await faultOf(page, 'Code from the mail', /Is wrong/);
    await checkScreen(t, page);
    await page.getByLabel('Code from the mail').fill((await readCode(site.deployment.smtp, email)).toLowerCase());
    await button(page, 'Confirm email').click();
    const key = await page.getByRole('textbox', { name: 'Client secret' }).inputValue();
    t.equal(await verify(site.origin, key), 200, 'the key of the first application works');
    await button(page, 'Done').click();
    await page.getByText('Copy the secret and confirm first.').waitFor();
    await page.getByLabel('I have saved the secret').check();
    await button(page, 'Done').click();
    await page.getByRole('heading', { level: 1, name: /App$/ }).waitFor();
    await page.getByRole('heading', { name: 'How to use it' }).waitFor();
    t.notOk((await page.content()).includes(key), 'gone from the page');
    const kept = await page.evaluate('JSON.stringify([document.cookie, { ...localStorage }, { ...sessionStorage }])');
    t.notMatch(
      String(kept),
      /ey[A-Za-z0-9_-]{20}|lk_live|latchkey_dev/,
      'no script reads a token, a key or the cookie',
    );
    const sessions = await site.sql(
      `select kind from sessions join users on users.id = user_id where email = '${email}'`,
    );
    t.same(sessions, [{ kind: 'console' }], 'no token ever came');
    t.same(violations, []);
    await context.close();
  });

  await t.test('a first visit to a service that is being tried out begins with an account', async (t) => {
    const { page, goTo, context } = await site.open();
    const tried = { outbox: 'data/outbox', needs_https: false, trusted_issuer: null };
    await page.route('**/deployment.json', (route) => route.fulfill({ json: tried }));
    await goTo('/');
    await page.getByRole('heading', { name: 'Create an account' }).waitFor();
    await page.getByRole('link', { name: 'Log in' }).click();
    await page.getByLabel('Email').fill(owner.email);
    await page.getByLabel('Password').fill(PASSWORD);
    await button(page, 'Log in').click();
    await logOut(page);
    await page.getByRole('heading', { name: 'Log in' }).waitFor();
    await goTo('/');
    await page.getByRole('heading', { name: 'Log in' }).waitFor();
    t.match(page.url(), /\/login$/, 'a browser that has been in is asked to log in');
    await context.close();
  });

  await t.test('where people log in elsewhere, no account is offered here', async (t) => {
    const { page, goTo, context } = await site.open();
    const elsewhere = { outbox: null, needs_https: false, trusted_issuer: 'https://login.acme.example' };
    await page.route('**/deployment.json', (route) => route.fulfill({ json: elsewhere }));
    await goTo('/login');
    await page.getByText('Accounts here belong to https://login.acme.example.').waitFor();
    t.equal(await page.getByRole('link').filter({ hasText: 'account' }).count(), 0);
    await context.close();
  });

  await t.test('what one person typed is never done as another, who registers in a second tab', async (t) => {
    // A tab that was frozen meanwhile hears nothing of the others.
    for (const isFrozen of [true, false]) {
      const person = await site.signUp();
      const { page, context, logIn } = await site.open();
      if (isFrozen)
        await page.addInitScript({ content: 'BroadcastChannel = class extends EventTarget { postMessage() {} }' });
      await logIn(person, '/new-organization');
      const name = `Typed by ${person.email}`;
      await page.getByLabel('Name').fill(name);
      const other = await context.newPage();
      const email = makeEmail();
      await other.goto(`${site.origin}/console/register`);
      await other.getByLabel('Email').fill(email);
      await other.getByLabel('Password').fill(PASSWORD);
      await button(other, 'Create account').click();
      await other.getByLabel('Code from the mail').fill(await readCode(site.deployment.smtp, email));
      await other.getByRole('textbox', { name: 'Client secret' }).waitFor();
      if (isFrozen) await button(page, 'Create organization').last().click();
      await page.getByRole('heading', { name: 'API clients' }).waitFor();
      await button(page, 'Account').click();
      await page.getByText(email).waitFor();
      t.same(await site.sql(`select id from organizations where name = '${name}'`), []);
      await other.getByLabel('I have saved the secret').check();
      await button(other, 'Done').click();
      await other.getByRole('heading', { level: 1, name: /App$/ }).waitFor();
      await context.close();
    }
  });

  await t.test('with an authenticator app, a passkey and recovery codes, each of them finishes a login', async (t) => {
    const person = await site.signUp();
    const window = await site.open();
    const { page, context } = window;
    await window.logIn(person, '/account');
    await page.getByRole('link', { name: 'Set up authenticator app' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('img', { name: /QR code/ }).waitFor();
    const secret = await dialog.locator('code').innerText();
    await dialog.getByLabel('Code of the app').fill('12345');
    await button(page, 'Confirm code').click();
    await page.getByLabel('Code of the app').and(page.locator('[aria-invalid]')).waitFor();
    await page.getByLabel('Code of the app').fill(codeOf(secret));
    await button(page, 'Confirm code').click();
    const recoveryCodes = (await page.getByRole('textbox', { name: 'Recovery codes' }).inputValue()).split('\n');
    t.equal(recoveryCodes.length, 10);
    await page.keyboard.press('Escape');
    await page.getByLabel('I have saved the codes').check();
    await button(page, 'Done').click();

    await addAuthenticator(page);
    await page.getByRole('link', { name: 'Add passkey' }).click();
    await page.getByLabel('Name').fill('Laptop');
    await page.getByRole('dialog').getByRole('button', { name: 'Add passkey' }).click();
    await page.getByRole('rowheader', { name: 'Laptop' }).waitFor();

    const finishes: ((page: Page) => Promise<void>)[] = [
      // One step later: the code of now was used to confirm.
      (page) => enterCode(page, codeOf(secret, 1)),
      (page) => button(page, 'Use a passkey').click(),
      (page) => enterCode(page, recoveryCodes[0] ?? ''),
    ];
    for (const finish of finishes) {
      await logOut(page);
      await page.getByLabel('Email').fill(person.email);
      await page.getByLabel('Password').fill(PASSWORD);
      await button(page, 'Log in').click();
      await page.getByRole('heading', { name: 'Second step' }).waitFor();
      await finish(page);
      await page.getByRole('banner').waitFor();
    }
    await logOut(page);
    await page.getByLabel('Email').fill(person.email);
    await page.getByLabel('Password').fill(PASSWORD);
    await button(page, 'Log in').click();
    await enterCode(page, recoveryCodes[0] ?? '');
    await page.getByLabel('Code').and(page.locator('[aria-invalid]')).waitFor();
    t.match(await page.getByRole('alert').first().innerText(), /^One thing needs a change\s+Code is wrong [^.]*\.$/);
    await checkScreen(t, page);
    t.same(window.violations, []);
    await context.close();
  });

  await t.test('an invitation is accepted without an account, with one, and not with somebody else’s', async (t) => {
    const { page, goTo, context } = await site.open();
    const email = makeEmail();
    await goTo(`/invitation#${await invite(site, owner, email)}`);
    await page.getByRole('heading', { name: 'You are invited' }).waitFor();
    t.equal(new URL(page.url()).hash, '', 'the token leaves the address bar');
    await page.getByLabel('Password').fill(WEAK);
    await button(page, 'Join').click();
    await faultOf(page, 'Password', /Must have at least 8 characters/);
    await page.getByLabel('Password').fill(PASSWORD);
    await button(page, 'Join').click();
    await page.getByRole('heading', { name: 'API clients' }).waitFor();
    t.match(page.url(), owner.organizationId);
    await context.close();

    const cut = await site.open();
    await cut.goTo(`/invitation#${(await invite(site, owner, makeEmail())).slice(0, 30)}`);
    await cut.page.getByLabel('Password').fill(PASSWORD);
    await button(cut.page, 'Join').click();
    await cut.page.getByRole('heading', { name: 'This invitation does not work any more' }).waitFor();
    await cut.context.close();

    const guest = await site.signUp();
    const other = await site.open();
    await other.goTo(`/invitation#${await invite(site, owner, guest.email)}`);
    await other.page.getByLabel('Password').fill(PASSWORD);
    await button(other.page, 'Join').click();
    await other.page.getByText('The invited email has an account.').waitFor();
    await other.page.getByLabel('Email').fill(guest.email);
    await other.page.getByLabel('Password').fill(PASSWORD);
    await button(other.page, 'Log in').click();
    await button(other.page, `Join as ${guest.email}`).click();
    await other.page.getByRole('heading', { name: 'API clients' }).waitFor();

    await other.page.goto('about:blank');
    await other.goTo(`/invitation#${await invite(site, owner, makeEmail())}`);
    await button(other.page, `Join as ${guest.email}`).click();
    await other.page.getByRole('heading', { name: 'The invitation is for another email' }).waitFor();
    await checkScreen(t, other.page);
    await other.context.close();
  });

  await t.test('a forgotten password is changed with a mailed code, and ?next= leads to own paths alone', async (t) => {
    const person = await site.signUp();
    const { page, goTo, context } = await site.open();
    for (const next of ['https://evil.example/', '//evil.example/', '/\\evil.example', 'javascript:alert(1)']) {
      await goTo(`/login?next=${encodeURIComponent(next)}`);
      await page.getByLabel('Email').fill(person.email);
      await page.getByLabel('Password').fill('not this one');
      await button(page, 'Log in').click();
      await page.getByRole('alert').waitFor();
      await page.getByLabel('Password').fill(PASSWORD);
      await button(page, 'Log in').click();
      await page.getByRole('banner').waitFor();
      t.equal(new URL(page.url()).origin, site.origin, next);
      await logOut(page);
      await page.getByRole('heading', { name: 'Log in' }).waitFor();
    }
    await goTo('/login?next=%2Faccount');
    await page.getByRole('link', { name: 'Forgot the password?' }).click();
    await page.getByLabel('Email').fill(person.email);
    await button(page, 'Send code').click();
    await page.getByRole('heading', { name: 'Choose a new password' }).waitFor();
    const isMailed = ({ content }: { content: { text?: string | undefined } }) =>
      content.text?.includes('password') === true;
    await until(async () =>
      site.deployment.smtp.received.some((mail) => mail.recipients.includes(person.email) && isMailed(mail)),
    );
    const code = await readCode(site.deployment.smtp, person.email);
    await page.getByLabel('Code from the mail').fill(code);
    await page.getByLabel('New password').fill(WEAK);
    await button(page, 'Change password').click();
    await faultOf(page, 'New password', /Must have at least 8 characters/);
    await page.getByLabel('New password').fill('Another-Horse-8');
    await button(page, 'Change password').click();
    await page.getByText('The password is changed.').waitFor();
    t.equal(await page.getByLabel('Email').inputValue(), person.email);
    await page.getByLabel('Password').fill('Another-Horse-8');
    await button(page, 'Log in').click();
    await page.getByRole('heading', { name: 'Account', exact: true }).waitFor();
    t.equal(new URL(page.url()).pathname, '/console/account', 'where the person wanted to go');
    await context.close();
  });

  await t.test('where no mail is sent and no HTTPS is spoken, the page says so', async (t) => {
    const env = { ...site.deployment.env, SMTP_URL: '', PUBLIC_URL: 'http://latchkey.example' };
    const origin = await site.deployment.launch(env).listening();
    const { page, context } = await site.open();
    await page.goto(`${origin}/console/login`);
    await page.getByText('The console needs HTTPS').waitFor();
    t.equal(await page.getByRole('button', { name: 'Log in' }).count(), 0);
    for (const screen of ['register', 'verify', 'invitation#token']) {
      await page.goto(`${origin}/console/${screen}`);
      await page.getByText('The console needs HTTPS').waitFor();
      t.equal(await page.getByRole('textbox').count(), 0, `${screen} opens no session that the page could not keep`);
    }
    await page.goto(`${origin}/console/reset?email=ada%40acme.example`);
    await page.getByText('No mail server is set').waitFor();
    await page.getByText(/\/outbox/).waitFor();
    await context.close();
  });

  await t.test(
    'every screen of the way in and the account is without barriers, light and dark, wide and narrow',
    async (t) => {
      const window = await site.open();
      const { page } = window;
      const screens = ['/login', '/register', '/verify', '/forgot', '/reset', '/invitation'];
      for (const screen of screens) {
        await window.goTo(screen);
        await page.getByRole('heading', { level: 1 }).waitFor();
        await checkScreen(t, page, { ofItsKind: screen === '/login' });
      }
      await window.logIn(owner, '/account');
      await page.getByText('this one', { exact: true }).waitFor();
      await checkScreen(t, page, { ofItsKind: true });
      await button(page, 'Change password').click();
      await faultOf(page, 'Current password', 'is missing');
      await checkScreen(t, page);
      for (const dialog of ['totp', 'passkey']) {
        await window.goTo(`/account?dialog=${dialog}`);
        await page.getByRole('dialog').getByRole('textbox').waitFor();
        await checkScreen(t, page);
      }
      t.same(window.violations, []);
    },
  );
});

function button(page: Page, name: string) {
  return page.getByRole('button', { name, exact: true });
}

/** The fault is announced, stands at its field, and leads there. */
async function faultOf(page: Page, label: string, words: string | RegExp): Promise<void> {
  const field = page.getByLabel(label, { exact: true });
  await field.and(page.locator('[aria-invalid=true]')).waitFor();
  await page.getByRole('alert').first().waitFor();
  await page.locator('.field', { has: field }).getByText(words).waitFor();
}

async function enterCode(page: Page, code: string): Promise<void> {
  await page.getByLabel('Code', { exact: true }).fill(code);
  await button(page, 'Log in').click();
}

/** A passkey that is in the machine, and always confirms. */
async function addAuthenticator(page: Page): Promise<void> {
  const session = await page.context().newCDPSession(page);
  await session.send('WebAuthn.enable');
  const options = {
    protocol: 'ctap2',
    transport: 'internal',
    hasResidentKey: true,
    hasUserVerification: true,
  } as const;
  await session.send('WebAuthn.addVirtualAuthenticator', {
    options: { ...options, isUserVerified: true, automaticPresenceSimulation: true },
  });
}

/** The token of an invitation’s mail. */
async function invite(
  site: ConsoleSite,
  owner: { token: string; organizationId: string },
  email: string,
): Promise<string> {
  const body = { emails: [email], role: 'developer' };
  await site.call(owner, `/auth/v2/organizations/${owner.organizationId}/members/invite/`, body);
  const find = () =>
    site.deployment.smtp.received
      .filter(({ recipients }) => recipients.includes(email))
      .map(({ content }) => /\/invitation#([\w-]{43})/.exec(content.text ?? '')?.[1])
      .find((token) => token !== undefined);
  await until(async () => find() !== undefined);
  return find() ?? '';
}

async function logOut(page: Page): Promise<void> {
  // At once: what is still loading must not fold the menu.
  await button(page, 'Account').click();
  await button(page, 'Log out').click();
}
