import t from 'tap';
import type { Page } from 'playwright-core';
import { withoutBrowser } from '../support/browser.ts';
import { makeConsoleCompany } from '../support/console-company.ts';
import { openConsole } from '../support/console-page.ts';

/** Answers in the place of the service, as often as it is told to; the rest goes through. */
async function answerInstead(
  page: Page,
  part: string,
  { method, status, retryAfter, times }: Instead,
): Promise<() => number> {
  let count = 0;
  await page.route(`**${part}`, async (route) => {
    if (route.request().method() !== method) return route.fallback();
    count += 1;
    if (count > times) return route.fallback();
    const code = status === 429 ? 'rate_limited' : 'overloaded';
    return route.fulfill({
      status,
      contentType: 'application/problem+json',
      headers: { 'retry-after': String(retryAfter) },
      body: JSON.stringify({
        type: `urn:latchkey:problem:${code}`,
        title: 'x',
        status,
        detail: 'x',
        code,
        request_id: 'r',
      }),
    });
  });
  return () => count;
}

interface Instead {
  method: 'GET' | 'POST' | 'PATCH';
  status: 429 | 503;
  retryAfter: number;
  times: number;
}

void t.test('an organization in the console', { skip: withoutBrowser }, async (t) => {
  const site = await openConsole();
  const company = await makeConsoleCompany(site);
  const { owner, path, api } = company;
  const window = await site.open();
  const { page } = window;
  await window.logIn(owner, `${path}/members`);
  const saveChanges = page.getByRole('button', { name: 'Save changes' });
  const alert = page.getByRole('alert');

  await t.test('a deletion wants the very name, and says how many API clients go along', async (t) => {
    const made = await site.call<{ uuid: string }>(owner, `${api}/applications/`, { name: 'Portal' });
    await window.goTo(`${path}/applications/${made.body.uuid}?delete`);
    await page.getByText('1 API client goes along.').waitFor();
    t.equal(await page.locator(':focus').innerText(), 'Keep it', 'the focus is on the way out');
    await page.getByLabel('Type “Portal” to go on').fill('portal');
    await page.getByRole('button', { name: 'Delete application', exact: true }).click();
    await alert.getByText('One thing needs a change').waitFor();
    await page.getByLabel('Type “Portal” to go on').fill('Portal');
    await page.getByRole('button', { name: 'Delete application', exact: true }).click();
    await page.getByText('Portal was deleted.').first().waitFor();
    await page.waitForURL('**/applications');
    t.equal(await page.getByRole('link', { name: 'Portal', exact: true }).count(), 0);
  });

  await t.test('too many requests: the button counts down, and works after it', async () => {
    await window.goTo(`${path}/settings`);
    await answerInstead(page, `${api}/`, { method: 'PATCH', status: 429, retryAfter: 2, times: 1 });
    await page.getByLabel('Name', { exact: true }).fill('Acme Bank');
    await saveChanges.click();
    await page.getByRole('button', { name: /Try again in \d s/ }).waitFor();
    await saveChanges.click();
    await page.getByText('Acme Bank was saved.').first().waitFor();
  });

  await t.test('a busy service: reads are tried again by themselves, what changes something is not', async (t) => {
    const reads = await answerInstead(page, `${api}/members/?*`, {
      method: 'GET',
      status: 503,
      retryAfter: 1,
      times: 2,
    });
    await window.goTo(`${path}/members`);
    await page.getByRole('rowheader').filter({ hasText: owner.email }).waitFor();
    t.equal(reads(), 3);
    await window.goTo(`${path}/settings`);
    const writes = await answerInstead(page, `${api}/`, { method: 'PATCH', status: 503, retryAfter: 1, times: 1 });
    await page.getByLabel('Name', { exact: true }).fill('Acme Bank AG');
    await saveChanges.click();
    await alert.getByText('The service is busy').waitFor();
    await saveChanges.waitFor();
    t.equal(writes(), 1);
    t.equal(await page.getByLabel('Name', { exact: true }).inputValue(), 'Acme Bank AG');
    await page.unrouteAll();
  });

  await t.test('the network is cut: a banner, the form keeps what was typed, and it goes on by itself', async (t) => {
    await window.goTo(`${path}/settings`);
    await page.getByLabel('Name', { exact: true }).fill('Kept over the cut');
    await window.context.setOffline(true);
    await saveChanges.click();
    await page.getByText('No connection to the service.').waitFor();
    t.equal(await page.getByLabel('Name', { exact: true }).inputValue(), 'Kept over the cut');
    await window.context.setOffline(false);
    await page.getByText('No connection to the service.').waitFor({ state: 'detached' });
    await saveChanges.click();
    await page.getByText('Kept over the cut was saved.').first().waitFor();
  });

  await t.test('a browser that believes it is offline works with a service that answers', async () => {
    await page.addInitScript('Object.defineProperty(navigator, "onLine", { get: () => false })');
    await window.goTo(`${path}/members`);
    await page.getByRole('rowheader').filter({ hasText: owner.email }).waitFor();
  });

  await t.test('the browser verifies the chain by itself, and finds the event that was changed', async (t) => {
    await window.goTo(`${path}/audit`);
    const verify = page.getByRole('button', { name: 'Verify the chain' });
    await verify.click();
    await page.getByText('The chain is whole').waitFor();
    // What another one than the service would have sent.
    await page.route(`**${api}/audit-events/*`, async (route) => {
      if (route.request().headers().accept !== 'application/x-ndjson') return route.fallback();
      const answer = await route.fetch();
      return route.fulfill({ response: answer, body: (await answer.text()).replace('127.0.0.1', '127.0.0.9') });
    });
    await verify.click();
    await page.getByText(/Event number \d+ is not what it was/).waitFor();
    await page.unrouteAll();
    t.pass();
  });

  await t.test('filters of the audit log stand in the URL, and the back button takes them off', async (t) => {
    await window.goTo(`${path}/audit`);
    await page.getByRole('combobox', { name: 'What', exact: true }).selectOption({ label: 'Created the application' });
    await page.waitForURL('**action=application.create');
    await page.getByRole('cell').filter({ hasText: 'Created the organization' }).waitFor({ state: 'detached' });
    await page.getByRole('cell').filter({ hasText: 'Created the application' }).first().waitFor();
    t.equal(await page.getByRole('cell').filter({ hasText: 'Invited' }).count(), 0);
    await page.goBack();
    await page.getByRole('cell').filter({ hasText: 'Created the organization' }).waitFor();
  });

  await t.test('what a new policy would meet is said before it is saved', async (t) => {
    await window.goTo(`${path}/policy`);
    const group = page.getByRole('group', { name: 'An end is required' });
    await group.getByLabel('Live').check();
    await page.getByText(/without an end needs? one at the next change|without an end need one/).waitFor();
    t.equal(
      (await site.call<{ expiry_required_for: [] }>(owner, `${api}/credential-policy/`)).body.expiry_required_for
        .length,
      0,
    );
    await saveChanges.click();
    await page.getByText('The credential policy was saved.').first().waitFor();
    await page.getByRole('table', { name: 'Not yet as demanded' }).waitFor();
  });

  await t.test('nothing of it broke the page’s policy, or asked another host', async (t) => {
    t.same(window.violations, []);
    t.same([...window.origins], [site.origin]);
  });
});
