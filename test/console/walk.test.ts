import t from 'tap';
import { withoutBrowser } from '../support/browser.ts';
import { openConsole } from '../support/console-page.ts';
import { createApiClient } from '../support/service-user.ts';

void t.test('the console in a browser', { skip: withoutBrowser }, async (t) => {
  const site = await openConsole();
  const owner = await site.signUp();
  await createApiClient(site.origin, owner, 'Night job');

  await t.test('whoever logs in sees the API clients, and no policy was broken nor another host asked', async (t) => {
    const { page, logIn, violations, complaints, origins } = await site.open();
    await logIn(owner, '/o/' + owner.organizationId + '/clients');
    await page.getByRole('link', { name: 'Night job' }).waitFor();
    t.match(await page.title(), /^API clients · .* · Latchkey$/);
    t.same(violations, []);
    t.same(complaints, []);
    t.same([...origins], [site.origin]);
  });

  await t.test('without a connection the form stays, and what was asked goes through once it is back', async (t) => {
    const { page, context, logIn } = await site.open();
    await logIn(owner, '/o/' + owner.organizationId + '/clients?create');
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Name', { exact: true }).fill('Tunnel');
    await dialog.getByRole('radio', { name: 'Staging' }).check();
    await dialog.getByRole('checkbox', { name: 'Read API resources' }).check();
    const lost = page.waitForEvent('requestfailed');
    await context.setOffline(true);
    await dialog.getByRole('button', { name: 'Create API client' }).click();
    await lost;
    t.equal(await dialog.getByLabel('Name', { exact: true }).inputValue(), 'Tunnel');
    await page.getByText('No connection to the service.').waitFor();
    await context.setOffline(false);
    await page.getByLabel('Client secret', { exact: true }).waitFor();
    await page.getByText('No connection to the service.').waitFor({ state: 'detached' });
    await context.close();
  });

  await t.test('a browser that believes it is offline does what the network does', async (t) => {
    const { page, context, logIn } = await site.open();
    await context.addInitScript({ content: `Object.defineProperty(navigator, 'onLine', { value: false })` });
    await logIn(owner, '/o/' + owner.organizationId + '/clients');
    await page.getByRole('link', { name: 'Night job' }).waitFor();
    t.equal(await page.evaluate('navigator.onLine'), false);
    await context.close();
  });

  await t.test(
    '429 counts down before it may be tried again; a read is tried again after a 503, and a write is not',
    async (t) => {
      const { page, context, logIn } = await site.open();
      await logIn(owner, '/o/' + owner.organizationId + '/clients');
      const row = page.getByRole('link', { name: 'Night job' });
      await row.waitFor();
      const asked: string[] = [];
      // Reads fail twice, and then writes, until they may not any more.
      const answer = { fails: 'GET', status: 503, code: 'overloaded' };
      await page.route('**/api-clients/**', async (route) => {
        const method = route.request().method();
        asked.push(method);
        const isEnough = method === 'GET' && asked.length > 2;
        if (method !== answer.fails || isEnough) return route.continue();
        return route.fulfill({
          status: answer.status,
          headers: { 'retry-after': answer.status === 429 ? '5' : '1' },
          contentType: 'application/problem+json',
          body: JSON.stringify({ ...answer, detail: 'Later.', request_id: 'none' }),
        });
      });
      await page.getByLabel('Status').selectOption('active');
      await row.waitFor();
      t.ok(asked.filter((method) => method === 'GET').length > 2, 'the read was tried again');
      await row.click();
      await page.getByRole('link', { name: 'Pause' }).click();
      answer.fails = 'PATCH';
      await page.getByRole('button', { name: 'Pause API client' }).click();
      await page.getByText('The service is busy at the moment.').waitFor();
      t.same(
        asked.filter((method) => method !== 'GET'),
        ['PATCH'],
        'the write was not',
      );
      Object.assign(answer, { status: 429, code: 'rate_limited' });
      await page.getByRole('button', { name: 'Pause API client' }).click();
      await page.getByRole('button', { name: /^Try again in \d s$/ }).waitFor();
      answer.fails = 'nothing';
      // It waits until the button is itself again.
      await page.getByRole('button', { name: 'Pause API client' }).click();
      await page.getByRole('button', { name: 'Resume' }).waitFor();
      t.same(
        asked.filter((method) => method !== 'GET'),
        ['PATCH', 'PATCH', 'PATCH'],
        'and by hand it was',
      );
      await context.close();
    },
  );
});
