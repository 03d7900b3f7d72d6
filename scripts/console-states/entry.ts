import { setTimeout as delay } from 'node:timers/promises';
import type { Page } from 'playwright-core';
import { codeIn, PASSWORD } from '../console-stage.ts';
import type { Stage } from '../console-stage.ts';
import { answerWith, failing, press } from './state.ts';
import type { Scene, State } from './state.ts';

/** The ways in. */
export async function entryStates({ stage, ada, faye, tess }: Scene): Promise<State[]> {
  const logIn = (email: string, password: string) => async (page: Page) => {
    await page.getByLabel('Email').fill(email);
    await page.getByLabel('Password').fill(password);
    await press('Log in')(page);
  };
  const told = (deployment: object) => (page: Page) =>
    page.route('**/deployment.json', (route) =>
      route.fulfill({ json: { outbox: null, needs_https: false, trusted_issuer: null, ...deployment } }),
    );
  const invite = (email: string) => invitationOf(stage, email);
  const nobody: Omit<State, 'as'>[] = [
    { name: 'entry-login', path: '/login' },
    { name: 'entry-login-empty', path: '/login', act: press('Log in') },
    {
      name: 'entry-login-wrong',
      path: '/login',
      async act(page) {
        await logIn(ada.email, 'not this one')(page);
        await page.getByRole('alert').waitFor();
      },
    },
    {
      name: 'entry-login-unreachable',
      path: '/login',
      async act(page) {
        await failing('**/auth/**', 'cut')(page);
        await logIn(ada.email, PASSWORD)(page);
        await page.getByRole('alert').waitFor();
      },
    },
    {
      name: 'entry-login-too-often',
      path: '/login',
      async act(page) {
        await failing('**/auth/**', answerWith(429, 'rate_limited', { 'retry-after': '30' }))(page);
        await logIn(ada.email, PASSWORD)(page);
        await page.getByRole('alert').waitFor();
      },
    },
    {
      name: 'entry-second-factor',
      path: '/login',
      async act(page) {
        await logIn(faye.email, PASSWORD)(page);
        await page.getByRole('heading', { name: 'Second step' }).waitFor();
      },
    },
    {
      name: 'entry-second-factor-wrong',
      path: '/login',
      async act(page) {
        await logIn(faye.email, PASSWORD)(page);
        await page.getByLabel('Code').fill('000000');
        await press('Log in')(page);
        await page.getByRole('alert').waitFor();
      },
    },
    { name: 'entry-https', path: '/login', before: told({ needs_https: true }) },
    { name: 'entry-elsewhere', path: '/login', before: told({ trusted_issuer: 'https://login.acme.example' }) },
    { name: 'entry-register', path: '/register' },
    {
      name: 'entry-register-weak',
      path: '/register',
      async act(page) {
        await page.getByLabel('Email').fill('new@acme.example');
        await page.getByLabel('Password').fill('short');
        await page.locator('form [type=submit]').click();
        await page.getByRole('alert').first().waitFor();
      },
    },
    { name: 'entry-verify', path: '/verify?email=new%40acme.example' },
    { name: 'entry-welcome', path: '/register', act: (page) => register(page, stage), isAlone: true },
    { name: 'entry-forgot', path: '/forgot' },
    { name: 'entry-reset', path: '/reset?email=ada%40acme.example' },
    { name: 'entry-invitation', path: `/invitation#${await invite('new@partner.example')}` },
    { name: 'entry-invitation-broken', path: '/invitation' },
    {
      name: 'entry-invitation-used',
      path: '/invitation#used',
      async act(page) {
        await page.getByLabel('Password').fill(PASSWORD);
        await press('Join')(page);
        await page.getByText('does not work any more').waitFor();
      },
    },
    { name: 'entry-unreachable', path: '/', before: failing('**/auth/**', 'cut') },
  ];
  return [
    ...nobody.map((state) => ({ ...state, as: null })),
    { name: 'entry-invitation-join', as: tess, path: `/invitation#${await invite(tess.email)}` },
    {
      name: 'entry-invitation-wrong',
      as: tess,
      path: `/invitation#${await invite('else@partner.example')}`,
      async act(page) {
        await page.getByRole('button', { name: /^Join as/ }).click();
        await page.getByText('for another email').waitFor();
      },
    },
  ];
}

async function invitationOf({ ada, readMail }: Stage, email: string): Promise<string> {
  await ada.send(`/auth/v2/organizations/${ada.organizationId}/members/invite/`, {
    emails: [email],
    role: 'developer',
  });
  for (let tries = 0; tries < 100; tries += 1) {
    // Until it comes, the newest mail may be the one of the registration.
    const mail = (await readMail(email)).replaceAll('=\r\n', '').replaceAll('=\n', '');
    const token = /invitation#([\w-]{43})/.exec(mail)?.[1];
    if (token !== undefined) return token;
    await delay(100);
  }
  throw new Error(`no invitation came to ${email}`);
}

async function register(page: Page, { readMail }: Stage): Promise<void> {
  const email = `new-${Date.now()}@acme.example`;
  await page.getByLabel('Email').fill(email);
  await page.getByLabel('Password').fill(PASSWORD);
  await page.locator('form [type=submit]').click();
  await page.getByLabel('Code from the mail').fill(codeIn(await readMail(email)));
  await page.getByLabel('Client secret', { exact: true }).waitFor();
}
