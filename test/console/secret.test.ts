import { once } from 'node:events';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Page } from 'playwright-core';
import t from 'tap';
import type { Test } from 'tap';
import { withoutBrowser } from '../support/browser.ts';
import { openConsole, openWindow } from '../support/console-page.ts';
import type { ConsoleSite, ConsoleWindow } from '../support/console-page.ts';
import { until } from '../support/embedded-service.ts';
import type { ServiceUser } from '../support/service-user.ts';
import { verify } from '../support/service-user.ts';

const CLIPBOARD = ['clipboard-read', 'clipboard-write'];

/** Fills the form of a new API client as far as it must be. */
async function fillClient(page: Page, name: string): Promise<void> {
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Name', { exact: true }).fill(name);
  await dialog.getByRole('radio', { name: 'Staging' }).check();
  await dialog.getByRole('checkbox', { name: 'Read API resources' }).check();
}

/** Creates an API client by hand, up to its secret. */
async function createByHand(page: Page, name: string): Promise<string> {
  await page.getByRole('link', { name: 'New API client' }).click();
  await fillClient(page, name);
  await page.getByRole('button', { name: 'Create API client' }).click();
  return page.getByLabel('Client secret', { exact: true }).inputValue();
}

async function finish(page: Page): Promise<void> {
  await page.getByRole('checkbox', { name: 'I have saved the secret' }).check();
  await page.getByRole('button', { name: 'Done' }).click();
  await page.getByRole('dialog').waitFor({ state: 'detached' });
}

/** How many API clients of a name there are. */
async function countNamed(site: ConsoleSite, owner: ServiceUser, name: string): Promise<number> {
  const url = `/auth/v2/organizations/${owner.organizationId}/api-clients/?q=${encodeURIComponent(name)}`;
  return (await site.call<{ results: unknown[] }>(owner, url)).body.results.length;
}

/** Moves the end of an old secret to a moment that comes soon. @returns that */
async function endOldSecretSoon(site: ConsoleSite, owner: ServiceUser, name: string): Promise<string> {
  const clients = `/auth/v2/organizations/${owner.organizationId}/api-clients/`;
  const found = await site.call<{ results: { client_id: string }[] }>(owner, `${clients}?q=${name}`);
  const secrets = `${clients}${found.body.results[0]?.client_id}/secrets/`;
  const { body } = await site.call<{ results: { uuid: string; status: string }[] }>(owner, secrets);
  const old = body.results.find(({ status }) => status === 'retiring');
  // On a slow machine a moment may have passed before it is read.
  for (let seconds = 1; ; seconds *= 2) {
    const end = new Date(Date.now() + seconds * 1_000).toISOString();
    const { status } = await site.call(owner, `PATCH ${secrets}${old?.uuid}/`, { expires_at: end });
    if (status === 200) return end;
  }
}

/** A proxy without TLS that says its requests come from the page of this machine. @returns where it listens */
async function startPlainProxy(t: Test, origin: string): Promise<number> {
  const server = createServer((incoming, answer) => {
    const { method, url, headers } = incoming;
    const options = { method, headers: { ...headers, ...(headers.origin !== undefined && { origin }) } };
    const outgoing = request(`${origin}${url}`, options, (response) => {
      answer.writeHead(response.statusCode ?? 502, response.headers);
      response.pipe(answer);
    });
    incoming.pipe(outgoing);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  });
  return (server.address() as AddressInfo).port;
}

void t.test('the secret in a browser', { skip: withoutBrowser }, async (t) => {
  const site = await openConsole();
  const owner = await site.signUp();
  const { origin } = site;
  const list = `/o/${owner.organizationId}/clients`;
  const enter = async (): Promise<ConsoleWindow> => {
    const window = await site.open({ permissions: CLIPBOARD });
    await window.logIn(owner, list);
    // What comes later may move what is pressed.
    await window.page.waitForLoadState('networkidle');
    return window;
  };

  await t.test('it is in no cookie, store, address, title or message, and gone from the page after Done', async (t) => {
    const { page, context, violations } = await enter();
    const places: string[] = [];
    page.on('console', (message) => places.push(message.text()));
    page.on('framenavigated', (frame) => places.push(frame.url()));
    const secret = await createByHand(page, 'Night job');
    t.match(secret, /^lk_staging_\w{60,}$/);
    places.push(page.url(), await page.title());
    await finish(page);
    await page.getByRole('link', { name: 'Night job' }).waitFor();
    places.push(
      await page.evaluate('document.cookie'),
      await page.evaluate('JSON.stringify({ ...localStorage, ...sessionStorage })'),
      await page.evaluate('indexedDB.databases().then((found) => JSON.stringify(found))'),
      JSON.stringify(await page.evaluate('history.state')),
      await page.content(),
    );
    t.notOk(places.some((place) => place.includes(secret.slice(12, 40))));
    const [cookie] = await context.cookies();
    t.match(cookie, { httpOnly: true, sameSite: 'Strict' });
    t.same(violations, []);
    await context.close();
  });

  await t.test('it survives Escape, a click outside, the back button, a reload and a refreshed list', async (t) => {
    const { page, context } = await enter();
    const secret = await createByHand(page, 'Survivor');
    const field = page.getByLabel('Client secret', { exact: true });
    for (let times = 0; times < 4; times += 1) await page.keyboard.press('Escape');
    await page.mouse.click(5, 5);
    t.equal(await field.inputValue(), secret, 'after Escape and a click outside');
    await page.goBack();
    await page.getByRole('button', { name: 'Back to the secret' }).click();
    t.equal(await field.inputValue(), secret, 'after the back button');
    const warned = page.waitForEvent('dialog');
    void page.reload().catch(() => undefined);
    const warning = await warned;
    t.equal(warning.type(), 'beforeunload');
    await warning.dismiss();
    t.equal(await field.inputValue(), secret, 'after a reload that was thought better of');
    await page.getByRole('button', { name: 'Done' }).click();
    await page.getByText('Copy the secret and confirm first.').waitFor();
    t.equal(await field.inputValue(), secret, 'after Done without the check');
    const refreshed = page.waitForResponse(/api-clients\/\?limit=50/);
    // Whoever comes back to the tab has the list read again, once it is older than ten seconds.
    await page.clock.install({ time: new Date(Date.now() + 60_000) });
    await page.evaluate(`document.dispatchEvent(new Event('visibilitychange', { bubbles: true }))`);
    await refreshed;
    t.equal(await field.inputValue(), secret, 'after the list was read again');
    await context.close();
  });

  await t.test('Copy puts it into the clipboard, over plain http:// to a name as well, or says how else', async (t) => {
    const { page: reader, context: own } = await enter();
    const copies = async ({ page }: ConsoleWindow): Promise<void> => {
      await reader.evaluate(`navigator.clipboard.writeText('something else')`);
      await page.bringToFront();
      await page.getByRole('button', { name: 'Copy', exact: true }).click();
      await page.getByRole('button', { name: 'Copied', exact: true }).waitFor();
      const secret = await page.getByLabel('Client secret', { exact: true }).inputValue();
      await reader.bringToFront();
      t.equal(await reader.evaluate('navigator.clipboard.readText()'), secret);
    };
    const window = await enter();
    await createByHand(window.page, 'Copied');
    await copies(window);
    await window.context.close();

    const plain = await openWindow(site.browser, `http://latchkey.acme.example:${await startPlainProxy(t, origin)}`);
    const { page } = plain;
    await plain.logIn(owner, list);
    t.notOk(await page.evaluate('isSecureContext || "clipboard" in navigator'));
    await createByHand(page, 'Copied over http');
    await copies(plain);
    await page.bringToFront();
    await page.evaluate('document.execCommand = () => false');
    await page
      .getByRole('button', { name: /^(Copy|Copied)$/ })
      .first()
      .click();
    await page.getByRole('button', { name: 'Press Ctrl+C' }).waitFor();
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Download .env' }).click(),
    ]);
    t.equal(download.suggestedFilename(), 'copied-over-http.env');
    await plain.context.close();
    await own.close();
  });

  await t.test('what is made passes, and what is regenerated, paused or deleted does not', async (t) => {
    const { page, context } = await enter();
    const first = await createByHand(page, 'Checked');
    await finish(page);
    // On the new row, once the list has it.
    await until(async () => (await page.evaluate('document.activeElement.textContent')) === 'Checked');
    t.equal(await verify(origin, first), 200);
    const regenerate = async (why: RegExp): Promise<string> => {
      await page.getByRole('link', { name: 'Regenerate…' }).click();
      await page.getByRole('radio', { name: why }).check();
      await page.getByRole('button', { name: 'Regenerate secret' }).click();
      const secret = await page.getByLabel('Client secret', { exact: true }).inputValue();
      await finish(page);
      return secret;
    };
    await page.getByRole('link', { name: 'Checked' }).click();
    const second = await regenerate(/^It may be known/);
    t.same([await verify(origin, first), await verify(origin, second)], [401, 200], 'at once');
    const third = await regenerate(/^Planned/);
    t.same([await verify(origin, second), await verify(origin, third)], [200, 200], 'with an overlap');
    await page.getByRole('link', { name: 'Secrets', exact: true }).click();
    await page.getByRole('button', { name: 'Change its end' }).click();
    await page.getByLabel('It works until').fill(new Date(Date.now() + 3 * 86_400_000).toISOString().slice(0, 16));
    await page.getByRole('button', { name: 'Save changes' }).click();
    await page
      .getByText(/^The old secret works until/)
      .first()
      .waitFor();
    t.same([await verify(origin, second), await verify(origin, third)], [200, 200], 'with a later end');
    const end = await endOldSecretSoon(site, owner, 'Checked');
    await until(async () => (await verify(origin, second)) === 401);
    t.same(await site.sql(`select now() >= '${end}' as is_over`), [{ is_over: true }], 'until then, and not before');
    t.equal(await verify(origin, third), 200);
    const fourth = await regenerate(/^Planned/);
    await page.getByRole('button', { name: 'Refuse the old one now' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('button', { name: 'Refuse the old one now' }).click();
    // It was just used, which is said first.
    await dialog.getByRole('checkbox', { name: 'Refuse it all the same' }).check();
    await dialog.getByRole('button', { name: 'Refuse the old one now' }).click();
    await dialog.waitFor({ state: 'detached' });
    t.same([await verify(origin, third), await verify(origin, fourth)], [401, 200], 'refused before its end');
    await page.getByRole('link', { name: 'Pause' }).click();
    await page.getByRole('button', { name: 'Pause API client' }).click();
    await page.getByRole('button', { name: 'Resume' }).waitFor();
    t.equal(await verify(origin, fourth), 401, 'paused');
    await page.getByRole('button', { name: 'Resume' }).click();
    await page.getByRole('link', { name: 'Pause' }).waitFor();
    t.equal(await verify(origin, fourth), 200, 'resumed');
    const url = `/auth/v2/organizations/${owner.organizationId}/api-clients/?q=Checked`;
    const isUsed = async () =>
      (await site.call<{ results: { last_used_at: unknown }[] }>(owner, url)).body.results[0]?.last_used_at !== null;
    await until(isUsed);
    await page.getByRole('link', { name: 'Delete…' }).click();
    await page.getByText('something may stop working').waitFor();
    t.equal(await page.evaluate('document.activeElement.textContent'), 'Keep it', 'the focus is on what is safe');
    await page.getByRole('button', { name: 'Delete API client' }).click();
    await page.getByText('Name is not the name of this API client.').waitFor();
    await page.getByRole('dialog').getByLabel('Name').fill('Checked');
    await page.getByRole('button', { name: 'Delete API client' }).click();
    await page.getByText('Checked was deleted.').first().waitFor();
    t.equal(await verify(origin, fourth), 401, 'deleted');
    await context.close();
  });

  await t.test('a double click, and Enter with a click, make one API client', async (t) => {
    const { page, context } = await enter();
    await page.getByRole('link', { name: 'New API client' }).click();
    await fillClient(page, 'Twice');
    await page.getByRole('button', { name: 'Create API client' }).dblclick();
    await page.getByLabel('Client secret', { exact: true }).waitFor();
    await finish(page);
    t.equal(await countNamed(site, owner, 'Twice'), 1);
    await page.getByRole('link', { name: 'New API client' }).click();
    await fillClient(page, 'Enter and click');
    await page.getByRole('dialog').getByLabel('Name', { exact: true }).focus();
    await page.evaluate(`(() => {
      const form = document.querySelector('dialog form');
      form.requestSubmit();
      form.querySelector('[type=submit]').click();
    })()`);
    await page.getByLabel('Client secret', { exact: true }).waitFor();
    t.equal(await countNamed(site, owner, 'Enter and click'), 1);
    await context.close();
  });

  await t.test('an answer that is lost on its way comes again, with the same API client and secret', async (t) => {
    const { page, context } = await enter();
    const secrets: string[] = [];
    await page.route('**/api-clients/', async (route) => {
      if (route.request().method() !== 'POST') return route.continue();
      const answer = await route.fetch();
      secrets.push(((await answer.json()) as { client_secret: string }).client_secret);
      return secrets.length === 1 ? route.abort('connectionreset') : route.fulfill({ response: answer });
    });
    const shown = await createByHand(page, 'Lost answer');
    t.same(secrets, [shown, shown]);
    t.equal(await countNamed(site, owner, 'Lost answer'), 1);
    t.equal(await verify(origin, shown), 200);
    await context.close();
  });

  await t.test(
    'an answer to Regenerate that is lost until the tries are spent comes again at the next press',
    async (t) => {
      const { page, context } = await enter();
      await createByHand(page, 'Lost until');
      await finish(page);
      await page.getByRole('link', { name: 'Lost until' }).click();
      const sent: (string | null | undefined)[] = [];
      const secrets: string[] = [];
      let isLost = true;
      await page.route('**/regenerate-secret/', async (route) => {
        sent.push(`${route.request().headers()['idempotency-key']} ${route.request().postData()}`);
        const answer = await route.fetch();
        secrets.push(((await answer.json()) as { client_secret: string }).client_secret);
        return isLost ? route.abort('connectionreset') : route.fulfill({ response: answer });
      });
      await page.clock.install();
      await page.getByRole('link', { name: 'Regenerate…' }).click();
      await page.getByRole('radio', { name: /^Planned/ }).check();
      await page.getByLabel('The old one works for').selectOption('until');
      await page
        .locator('input[type=datetime-local]')
        .fill(new Date(Date.now() + 3 * 86_400_000).toISOString().slice(0, 16));
      const press = page.getByRole('button', { name: 'Regenerate secret' });
      await press.click();
      const problem = page.getByText('The service could not be reached.').first();
      // Each pause between the tries is longer than the one before.
      await until(async () => {
        await page.clock.runFor(8_000);
        return sent.length === 5 && (await problem.isVisible());
      });
      isLost = false;
      await press.click();
      const shown = await page.getByLabel('Client secret', { exact: true }).inputValue();
      t.equal(new Set(sent).size, 1, 'the same key with the same body');
      t.same(new Set(secrets), new Set([shown]));
      await context.close();
    },
  );

  await t.test(
    'pasted into a search it stays there, and out of the address, with all that stands around it',
    async (t) => {
      const { page, context } = await enter();
      const secret = await createByHand(page, 'Pasted');
      await finish(page);
      const places: string[] = [];
      page.on('request', (request) => places.push(request.url()));
      page.on('framenavigated', (frame) => places.push(frame.url()));
      const found = page.getByRole('link', { name: 'Pasted', exact: true });
      await page.getByRole('searchbox').fill(`LATCHKEY_CLIENT_SECRET="${secret}"`);
      await page.getByText('Only its last four characters are searched for').waitFor();
      await page.waitForURL(`**?q=${secret.slice(-4)}`);
      await found.waitFor();
      await page.goto(`${origin}/console${list}?q=nothing`);
      t.notOk(places.some((place) => place.includes(secret.slice(12, 40))));
      await page.evaluate(`location.search = '?q=x-api-key%3A%20${secret}'`);
      await page.waitForURL(`**?q=${secret.slice(-4)}`);
      await found.waitFor();
      t.notOk(places.some((place) => place.includes('api-clients/') && place.includes(secret.slice(12, 40))));
      await context.close();
    },
  );
});
