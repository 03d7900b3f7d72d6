import type { Page } from 'playwright-core';
import t from 'tap';
import { checkScreen } from '../support/axe.ts';
import { withoutBrowser } from '../support/browser.ts';
import { openConsole } from '../support/console-page.ts';
import type { ConsoleWindow } from '../support/console-page.ts';
import { until } from '../support/embedded-service.ts';
import { verify } from '../support/service-user.ts';

interface Made {
  client_id: string;
  client_secret: string;
}

/** A thousand API clients, one of them paused in ten, without secrets: the newest is `Client 1000`. */
const thousandFor = (organizationId: string) => `
  insert into api_clients (id, client_id, organization_id, name, environment, permissions, status)
  select ('019a0000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, 'many-' || n, '${organizationId}',
    'Client ' || n, case when n % 2 = 0 then 'live' else 'staging' end, '{api.read}',
    case when n % 10 = 0 then 'paused' else 'active' end
  from generate_series(1, 1000) n`;

void t.test('API clients in a browser', { skip: withoutBrowser }, async (t) => {
  const site = await openConsole();
  const owner = await site.signUp();
  const { origin } = site;
  const list = `/o/${owner.organizationId}/clients`;
  const api = `/auth/v2/organizations/${owner.organizationId}/api-clients/`;
  const create = async (name: string, more: object = {}): Promise<Made> => {
    const body = { name, environment: 'staging', permissions: ['api.read'], ...more };
    return (await site.call<Made>(owner, api, body)).body;
  };
  const enter = async (path: string, options = {}): Promise<ConsoleWindow> => {
    const window = await site.open(options);
    await window.logIn(owner, path);
    // What comes later may move what is pressed.
    await window.page.waitForLoadState('networkidle');
    return window;
  };

  await t.test('a fault of any form lands at its field and keeps what was typed', async (t) => {
    const { page, context } = await enter(`${list}?create`);
    const dialog = page.getByRole('dialog');
    const submit = dialog.getByRole('button', { name: 'Create API client' });
    await submit.click();
    await dialog.getByRole('alert').getByText('3 things need a change').waitFor();
    await dialog.getByRole('link', { name: 'Name is missing.' }).click();
    t.equal(await page.evaluate('document.activeElement.name'), 'name', 'the link leads to the field');
    await dialog.getByLabel('Name', { exact: true }).fill('Faulty');
    await dialog.getByRole('radio', { name: 'Live' }).check();
    await dialog.getByRole('checkbox', { name: 'Read API resources' }).check();
    await dialog.getByText('More options').click();
    const urls = dialog.getByLabel('Allowed redirect URLs');
    await urls.fill('https://a.example/callback, http://b.example/callback');
    const addresses = dialog.getByLabel('Allowed addresses');
    await addresses.fill('192.0.2.1\nnowhere');
    await submit.click();
    await dialog.getByRole('paragraph').getByText('Line 2 must be https').waitFor();
    t.match(await dialog.getByRole('alert').first().innerText(), /2 things need a change/, 'a URL, an address');
    t.equal(await urls.getAttribute('aria-invalid'), 'true');
    t.match(await page.evaluate('document.activeElement.className'), 'form-problems', 'the summary has the focus');
    t.equal(await urls.inputValue(), 'https://a.example/callback\nhttp://b.example/callback');
    t.equal(await addresses.inputValue(), '192.0.2.1\nnowhere');
    t.equal(await dialog.getByLabel('Name', { exact: true }).inputValue(), 'Faulty');
    await page.keyboard.press('Escape');
    await page
      .getByRole('dialog', { name: 'Discard this API client?' })
      .getByRole('button', { name: 'Keep editing' })
      .click();
    t.equal(await addresses.inputValue(), '192.0.2.1\nnowhere', 'Escape asks first');
    await context.close();
  });

  await t.test('a thousand: pages of fifty, filters in the address, and Back shows what was shown', async (t) => {
    await site.sql(thousandFor(owner.organizationId));
    const { page, context } = await enter(list);
    const limits: number[] = [];
    page.on('request', (request) => {
      limits.push(Number(new URL(request.url()).searchParams.get('limit') ?? 0));
    });
    const rows = page.getByRole('table', { name: 'API clients' }).getByRole('row');
    await page.getByRole('button', { name: 'Show 50 more' }).click();
    await page.getByText('100 shown').waitFor();
    t.equal(await rows.count(), 101);
    await page.getByLabel('Status').selectOption('paused');
    await page.waitForURL(/status=paused/);
    await page.getByRole('link', { name: 'Client 990', exact: true }).waitFor();
    t.same(await names(page, 3), ['Client 1000', 'Client 990', 'Client 980'], 'newest first');
    await page.getByRole('button', { name: 'Show 50 more' }).click();
    await page.getByRole('link', { name: 'Client 10', exact: true }).waitFor();
    const focused = await page.evaluate<string>(`document.activeElement.closest('tr')?.innerText ?? ''`);
    t.match(focused, /Client 500\b/, 'after the last page the focus is at the first row that came');
    await page.getByRole('link', { name: 'Client 10', exact: true }).click();
    await page.getByRole('heading', { name: 'Client 10', exact: true }).waitFor();
    await page.goBack();
    await page.getByRole('link', { name: 'Client 10', exact: true }).waitFor();
    t.match(page.url(), /status=paused/);
    await page.getByRole('button', { name: 'Remove the filter Paused' }).click();
    const search = page.getByRole('searchbox');
    await page.keyboard.press('/');
    await search.pressSequentially('many-77');
    await page.waitForURL(/q=many-77/);
    await page.getByRole('link', { name: 'Client 77', exact: true }).waitFor();
    t.ok(Math.max(...limits) <= 100, 'no request for more than a hundred');
    await context.close();
  });

  await t.test('of a pasted secret only the last four characters are searched for and kept', async (t) => {
    const { client_secret } = await create('Whose is it');
    const { page, context } = await enter(list);
    const urls: string[] = [];
    page.on('request', (request) => urls.push(request.url()));
    await page.getByRole('searchbox').fill(client_secret);
    await page.getByText('You pasted a secret.').waitFor();
    await page.waitForURL(new RegExp(`q=${client_secret.slice(-4)}`));
    await page.getByRole('link', { name: 'Whose is it' }).waitFor();
    urls.push(page.url(), await page.content());
    t.notOk(urls.some((url) => url.includes(client_secret.slice(12, 40))));
    await context.close();
  });

  for (const [timezoneId, local] of [
    ['Asia/Kolkata', '15 Jan 2027, 17:30 GMT+5:30 (12:00 UTC)'],
    ['America/St_Johns', '15 Jan 2027, 08:30 GMT-3:30 (12:00 UTC)'],
  ] as const) {
    await t.test(`an exact time in ${timezoneId} is right, and names UTC`, async (t) => {
      const { client_id } = await create(timezoneId, { expires_at: '2027-01-15T12:00:00Z' });
      const { page, context } = await enter(`${list}/${client_id}`, { timezoneId });
      await page.getByText(local).first().waitFor();
      t.equal(await page.getByText(local).first().getAttribute('datetime'), '2027-01-15T12:00:00.000Z');
      await context.close();
    });
  }

  await t.test('the chart has what was counted, and its table the same', async (t) => {
    const { client_id, client_secret } = await create('Counted');
    for (let times = 0; times < 3; times += 1) t.equal(await verify(origin, client_secret), 200);
    await site.call(owner, `PATCH ${api}${client_id}/`, { status: 'paused' });
    for (let times = 0; times < 2; times += 1) t.equal(await verify(origin, client_secret), 401);
    const usage = async () =>
      (
        await site.call<{ results: { day: string; accepted: number; refused: number }[] }>(
          owner,
          `${api}${client_id}/usage/`,
        )
      ).body.results;
    await until(async () => (await usage())[0]?.refused === 2);
    const [counted] = await usage();
    t.match(counted, { accepted: 3, refused: 2 });
    const { page, context } = await enter(`${list}/${client_id}`);
    await page.getByText('About 3 checks accepted').waitFor();
    const bars: string[] = await page.evaluate(
      `[...document.querySelectorAll('.chart g title')].map((title) => title.textContent)`,
    );
    t.equal(bars.length, 30);
    t.ok(bars.includes(`${counted?.day ?? ''}: 3 accepted, 2 refused`));
    await page.locator('summary').click();
    const row = page.getByRole('row').filter({ hasText: counted?.day ?? '' });
    t.same(await row.getByRole('cell').allInnerTexts(), ['3', '2']);
    await context.close();
  });

  await t.test('chosen ones are paused one by one, with a result for each', async (t) => {
    const names = ['Bulk 1', 'Bulk 2'];
    for (const name of names) await create(name);
    const { page, context } = await enter(`${list}?q=Bulk`);
    for (const name of names) await page.getByRole('checkbox', { name: `Choose ${name}` }).check();
    await page.getByRole('group').getByRole('button', { name: 'Pause' }).click();
    await page.getByRole('button', { name: 'Pause 2 API clients' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('button', { name: 'Close' }).last().waitFor();
    t.equal(await dialog.getByText('paused', { exact: true }).count(), 2);
    const { body } = await site.call<{ results: { status: string }[] }>(owner, `${api}?q=Bulk`);
    t.same(
      body.results.map(({ status }) => status),
      ['paused', 'paused'],
    );
    await context.close();
  });

  await t.test('no barrier, no policy broken, no other host and no way sideways on any screen', async (t) => {
    const { client_id } = await create('Onboarding backend with a name that is much too long for a narrow column', {
      allowed_redirect_urls: ['https://a.example/a/rather/long/callback/that/has/to/wrap/somewhere'],
    });
    const screens = [
      `${list}?q=Onboarding`,
      `${list}?q=nothing-at-all`,
      `${list}?create`,
      `${list}/${client_id}`,
      `${list}/${client_id}?regenerate`,
      `${list}/${client_id}?delete`,
      `${list}/${client_id}/settings`,
      `${list}/${client_id}/secrets`,
      `${list}/${client_id}/redirect-urls`,
      `${list}/${client_id}/activity`,
      `${list}/not-there`,
    ];
    // A table and a page with a chart.
    const examples = [`${list}?q=Onboarding`, `${list}/${client_id}`];
    const window = await enter(list);
    const { page } = window;
    for (const screen of screens) {
      await window.goTo(screen);
      await page.getByRole('heading', { level: 1 }).waitFor();
      await page.waitForLoadState('networkidle');
      await checkScreen(t, page, { ofItsKind: examples.includes(screen) });
    }
    t.same(window.violations, []);
    t.same([...window.origins], [origin]);
    // What is asked for anew, or gone, is said by the browser, too.
    t.same(
      window.complaints.filter((text) => !/404|ERR_ABORTED/.test(text)),
      [],
    );
    await window.context.close();
  });
});

/** The names that a list begins with. */
async function names(page: Page, count: number): Promise<string[]> {
  return (await page.getByRole('rowheader').getByRole('link').allInnerTexts()).slice(0, count);
}
