import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import type { Page } from 'playwright-core';
import t from 'tap';
import type { Test } from 'tap';
import { withoutBrowser } from '../support/browser.ts';
import { openConsole } from '../support/console-page.ts';
import type { ConsoleSite, ConsoleWindow } from '../support/console-page.ts';
import { PASSWORD } from '../support/factories.ts';
import { call } from '../support/service-process.ts';
import { createApiClient } from '../support/service-user.ts';

const COOKIE = 'latchkey_dev';
const NEW_CLIENT = 'Night job';

void t.test('the session of the console', { skip: withoutBrowser }, async (t) => {
  const site = await openConsole();
  const owner = await site.signUp();
  const clients = `/o/${owner.organizationId}/clients`;

  await t.test(
    'the session ends while a form is filled: a login on top, the request is made once, nothing is lost',
    async (t) => {
      const window = await site.open();
      const { page } = window;
      await window.logIn(owner, `${clients}?create`);
      await fillClient(page);
      await endSessions(site);
      await button(page, 'Create API client').click();
      const dialog = page.getByRole('dialog', { name: 'Log in to go on' });
      t.equal(await dialog.getByLabel('Email').inputValue(), owner.email, 'whose login it is is known');
      for (let press = 0; press < 4; press += 1) await page.keyboard.press('Escape');
      await dialog.getByLabel('Password').fill('Not-Correct-1');
      await dialog.getByRole('button', { name: 'Log in' }).click();
      await dialog.getByText('The email or the password is wrong.').waitFor();
      await dialog.getByLabel('Password').fill(PASSWORD);
      await dialog.getByRole('button', { name: 'Log in' }).click();
      await page.getByRole('textbox', { name: 'Client secret' }).waitFor();
      const made = await site.sql(
        `select name from api_clients where organization_id = '${owner.organizationId}' and name = '${NEW_CLIENT}'`,
      );
      t.equal(made.length, 1);
      await window.context.close();
    },
  );

  await t.test('the password is asked for where it was given too long ago, and then it is done', async (t) => {
    const window = await site.open();
    const { page } = window;
    await call(site.origin, '/auth/v2/programmatic/login/', { body: { email: owner.email, password: PASSWORD } });
    await window.logIn(owner, '/account');
    await site.sql("update sessions set created_at = now() - interval '20 minutes' where kind = 'console'");
    await button(page, 'End all others').click();
    const ask = page.getByRole('dialog', { name: 'End every other login?' });
    await ask.getByRole('button', { name: 'End all others' }).click();
    const dialog = page.getByRole('dialog', { name: 'Enter your password to go on' });
    await dialog.getByRole('button', { name: 'Cancel' }).click();
    await ask.getByText('only done with a password that was given in the last 15 minutes').waitFor();
    await ask.getByRole('button', { name: 'End all others' }).click();
    await dialog.getByLabel('Password').fill('Not-Correct-1');
    await dialog.getByRole('button', { name: 'Enter password' }).click();
    await dialog.getByLabel('Password').and(page.locator('[aria-invalid=true]')).waitFor();
    await dialog.getByLabel('Password').fill(PASSWORD);
    await dialog.getByRole('button', { name: 'Enter password' }).click();
    await page.getByText('Every other login has ended.').waitFor();
    t.same(window.violations, []);
    await window.context.close();
  });

  await t.test(
    'tabs tell each other: a login lets all go on, another person starts afresh, a logout ends all',
    async (t) => {
      const window = await site.open();
      const { page: first, context } = window;
      await window.logIn(owner, clients);
      const second = await context.newPage();
      await second.goto(`${site.origin}/console/account`);
      await second.getByText('this one', { exact: true }).waitFor();
      await second.getByLabel('Current password').fill('Not-Correct-1');
      await second.getByLabel('New password').fill('Another-Horse-8');
      await endSessions(site);
      await first.getByRole('link', { name: 'Members' }).click();
      await button(second, 'Change password').click();
      for (const page of [first, second]) await page.getByRole('dialog', { name: 'Log in to go on' }).waitFor();
      await logInAgain(first, owner.email);
      for (const page of [first, second]) await page.getByRole('dialog').waitFor({ state: 'detached' });
      await second.getByLabel('Current password').and(second.locator('[aria-invalid=true]')).waitFor();
      t.equal(
        await second.getByLabel('New password').inputValue(),
        'Another-Horse-8',
        'it was sent once more, and kept',
      );

      const other = await site.signUp();
      await endSessions(site);
      // Nothing that was read a moment ago, and would be shown without a request.
      await first.getByRole('link', { name: 'Applications' }).click();
      await first.getByRole('dialog').waitFor();
      await logInAgain(first, other.email);
      for (const page of [first, second]) {
        await page.waitForURL(`${site.origin}/console/o/${other.organizationId}/clients`);
        await page.getByRole('heading', { name: 'API clients' }).waitFor();
      }
      await button(first, 'Account').click();
      await button(first, 'Log out').click();
      for (const page of [first, second]) await page.getByRole('heading', { name: 'Log in' }).waitFor();
      await context.close();
    },
  );

  await t.test('a login ends without use, at its end in any case, with a logout and with a new password', async (t) => {
    const ends: [string, (window: ConsoleWindow) => Promise<unknown>][] = [
      ['without use', () => site.sql("update sessions set last_seen_at = now() - interval '13 hours'")],
      ['at its end', () => site.sql('update sessions set expires_at = now()')],
      ['with a new password', () => changePassword(site, owner.email)],
    ];
    for (const [title, end] of ends) {
      const window = await site.open();
      await window.logIn(owner, '/account');
      await end(window);
      await window.page.reload();
      await window.page.getByRole('heading', { name: 'Log in' }).waitFor();
      t.match(window.page.url(), /next=%2Faccount$/, title);
      await window.context.close();
    }
  });

  await t.test('its cookie is for this host, for no script, and in nothing that is written down', async (t) => {
    const window = await site.open();
    await window.logIn(owner, clients);
    const [cookie, ...more] = await window.context.cookies();
    t.match(cookie, { name: COOKIE, httpOnly: true, sameSite: 'Strict', path: '/', secure: false });
    t.same(more, []);
    await createApiClient(site.origin, owner, 'Written down');
    const value = cookie?.value ?? '';
    t.match(value, /^[\w-]{43}$/);
    const metrics = await call<string>(site.origin, '/metrics');
    const events = await site.sql('select row_to_json(audit_events) as event from audit_events');
    const rows = await site.sql('select row_to_json(sessions) as session from sessions');
    for (const [what, text] of Object.entries({
      log: JSON.stringify(site.service.logs) + site.service.stderr(),
      metrics: metrics.body,
      events: JSON.stringify(events),
      sessions: JSON.stringify(rows),
    })) {
      t.ok(text.length > 100, what);
      t.notOk(text.includes(value), what);
    }
    await window.context.close();
  });

  await t.test('neither another origin of this site nor another site reads or writes with it', async (t) => {
    const window = await site.open();
    await window.logIn(owner, clients);
    const { port } = await serveEmptyPage(t);
    const page = await window.context.newPage();
    const before = await site.sql('select count(*)::int as count from sessions where ended_at is null');
    for (const origin of [`http://localhost:${port}`, `http://127.0.0.1:${port}`]) {
      await page.goto(origin);
      const outcomes = await page.evaluate(attack, site.origin);
      t.same([...new Set(outcomes)], ['nothing'], `${origin}: not even that there is an answer`);
    }
    t.same(await site.sql('select count(*)::int as count from sessions where ended_at is null'), before);
    const [cookie] = await window.context.cookies();
    const headers = { cookie: `${COOKIE}=${cookie?.value}` };
    const bare = await call(site.origin, '/auth/v2/account/', { headers });
    const nobody = await call(site.origin, '/auth/v2/account/');
    t.equal(bare.status, 401, 'without the header of the page it is no credential');
    t.same(withoutId(bare.body), withoutId(nobody.body));
    const own = await call(site.origin, '/auth/v2/account/', { headers: { ...headers, 'x-latchkey-console': '1' } });
    t.equal(own.status, 200);
    const bearer = await call(site.origin, '/auth/v2/account/', { token: owner.token });
    t.equal(bearer.status, 401, 'the token of before the new password has ended');
    await window.context.close();
  });

  await t.test('where a part of the page stays away after a reload it says so: never a blank page', async (t) => {
    const { page, context, logIn } = await site.open();
    await logIn(owner, clients);
    await page.getByRole('heading', { name: 'API clients' }).waitFor();
    let loads = 0;
    page.on('request', (request) => {
      if (request.isNavigationRequest()) loads += 1;
    });
    await context.route(/\/assets\/routes-[^/]*\.js$/, (route) => route.fulfill({ status: 404 }));
    await page.getByRole('link', { name: 'Members' }).click();
    await page.getByText('Latchkey was updated').waitFor();
    await button(page, 'Reload').waitFor();
    t.equal(loads, 1, 'one reload');
    await context.close();
  });
});

function button(page: Page, name: string) {
  return page.getByRole('button', { name, exact: true });
}

async function fillClient(page: Page): Promise<void> {
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Name').fill(NEW_CLIENT);
  await dialog.getByRole('radio', { name: /Staging/ }).check();
  await dialog.getByRole('checkbox', { name: /Read API resources/ }).check();
}

function endSessions(site: ConsoleSite): Promise<unknown> {
  return site.sql("update sessions set ended_at = now() where kind = 'console' and ended_at is null");
}

async function logInAgain(page: Page, email: string): Promise<void> {
  const dialog = page.getByRole('dialog', { name: 'Log in to go on' });
  await dialog.getByLabel('Email').fill(email);
  await dialog.getByLabel('Password').fill(PASSWORD);
  await dialog.getByRole('button', { name: 'Log in' }).click();
}

async function changePassword({ origin }: ConsoleSite, email: string): Promise<void> {
  const { body } = await call<{ access_token: string }>(origin, '/auth/v2/programmatic/login/', {
    body: { email, password: PASSWORD },
  });
  const change = async (from: string, to: string) =>
    call(origin, '/auth/v2/account/change-password/', {
      token: body.access_token,
      body: { current_password: from, password: to },
    });
  await change(PASSWORD, 'Another-Horse-8');
  await change('Another-Horse-8', PASSWORD);
}

async function serveEmptyPage(t: Test): Promise<AddressInfo> {
  const server = createServer((_request, response) => {
    response.setHeader('content-type', 'text/html').end('<!doctype html><title>Another page</title>');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  });
  return server.address() as AddressInfo;
}

/** Runs in the other page: with and without the header, reading and writing. */
async function attack(origin: string): Promise<string[]> {
  const body = JSON.stringify({ email: 'a@b.example', password: 'x' });
  const own = { 'x-latchkey-console': '1' };
  const tries: [string, RequestInit][] = [
    ['/auth/v2/account/', { headers: own }],
    ['/auth/v2/console/session/', { headers: own }],
    ['/auth/v2/console/session/', { method: 'DELETE', headers: own }],
    ['/auth/v2/console/session/', { method: 'POST', headers: { ...own, 'content-type': 'application/json' }, body }],
    ['/auth/v2/account/', { mode: 'no-cors' }],
    ['/auth/v2/console/session/', { mode: 'no-cors', method: 'POST', body }],
  ];
  return Promise.all(
    tries.map(([path, init]) =>
      fetch(origin + path, { ...init, credentials: 'include' }).then(
        ({ type, status }) => (type === 'opaque' ? 'unreadable' : String(status)),
        () => 'nothing',
      ),
    ),
  );
}

function withoutId(body: unknown): unknown {
  return { ...(body as object), request_id: undefined };
}
