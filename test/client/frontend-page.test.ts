import { randomUUID } from 'node:crypto';
import type { Page } from 'playwright-core';
import t from 'tap';
import type { Test } from 'tap';
import type { ApiClient, ApiClientWithSecret, Problem } from '../../client/schema.ts';
import { openBrowser, withoutBrowser as skip } from '../support/browser.ts';
import { build } from '../support/build-app.ts';
import type { TestApp } from '../support/build-app.ts';
import { createClient, registerUser } from '../support/factories.ts';
import type { TestUser } from '../support/factories.ts';
import { findTypeErrors, readFrontendCode, serveFrontend } from '../support/frontend-page.ts';

const PAGE_MAX = 100;
/** Enough for a store that is not the same for all tabs to be caught. */
const REFRESH_ROUNDS = 40;

void t.test('the code of docs/frontend.md fits the types of the API, in a project for browsers', async (t) => {
  t.same(findTypeErrors(await readFrontendCode()), []);
});

void t.test('in a browser, a page of another origin', { skip }, async (t) => {
  const { test, page, user, openTab } = await openFrontend(t);
  const org = user.organizationId;

  await t.test('reads at the login what is wrong, and logs in', async (t) => {
    const refusal = await run<Problem>(page, 'frontend.logIn', user.email, 'Wrong-Horse-7');
    t.match(refusal, { status: 401, code: 'invalid_login' });
    t.equal(await run(page, 'frontend.tokens.read'), null);
    t.equal(await run(page, 'frontend.logIn', user.email, user.password), null);
    t.match(await run(page, 'frontend.tokens.read'), { access_token: String, refresh_token: String });
    t.same(await page.context().cookies(), [], 'without a cookie');
  });

  await t.test('lists what is on more than one page', async (t) => {
    const names = Array.from({ length: PAGE_MAX + 2 }, (_, index) => `Client ${index}`);
    for (const name of names) await createClient(test, user, { name });
    const listed = await page.evaluate<ApiClient[]>(`Array.fromAsync(frontend.listApiClients(${JSON.stringify(org)}))`);
    t.equal(listed.length, names.length + 1, 'with the primary client');
    t.same(
      names.filter((name) => !listed.some((client) => client.name === name)),
      [],
    );
  });

  await t.test('puts every fault beside its field, and shows a new secret that is good', async (t) => {
    const bad = { name: ' ', environment: 'live', permissions: ['nonsense'], allowed_redirect_urls: ['nonsense'] };
    const refused = await run<{ faults: Record<string, string[]> }>(page, 'frontend.createApiClient', org, bad);
    t.same(Object.keys(refused.faults).sort(), ['allowed_redirect_urls', 'name', 'permissions']);
    const good = { name: 'Night job', environment: 'live', permissions: ['api.read'] };
    const key = randomUUID();
    const make = () => run<{ client: ApiClientWithSecret }>(page, 'frontend.createApiClient', org, good, key);
    const { client } = await make();
    t.same(await make(), { client }, 'and the same when the form is sent again under its key');
    const headers = { 'x-api-key': client.client_secret };
    t.equal((await test.request('GET', '/auth/v2/verify/', { headers })).statusCode, 200);
  });

  await t.test('edits, and does not overwrite what somebody else changed meanwhile', async (t) => {
    const app = user.applicationId;
    const { etag } = await run<{ etag: string }>(page, 'frontend.openApplication', org, app);
    const seen = { uuid: app, organization: org, etag };
    t.same(await run(page, 'frontend.renameApplication', seen, ' '), { name: ['must not be blank'] });
    t.equal(await run(page, 'frontend.renameApplication', seen, 'One'), 'saved');
    t.equal(await run(page, 'frontend.renameApplication', seen, 'Two'), 'changed by somebody else');
    t.match(await run(page, 'frontend.openApplication', org, app), { application: { name: 'One' } });
  });

  await t.test('stays logged in in two tabs that are refused at once, each time with one refresh', async (t) => {
    const other = await openTab();
    const ask = `frontend.latchkey.GET('/auth/v2/organizations/me/').then(({ response }) => response.status)`;
    const countBefore = count(test, 'POST', 'refresh');
    const answers: number[][] = [];
    for (let round = 0; round < REFRESH_ROUNDS; round++) {
      await run(page, 'frontend.tokens.write', { ...(await heldTokens(page)), access_token: 'no longer good' });
      answers.push(await Promise.all([page, other, page, other].map((tab) => tab.evaluate<number>(ask))));
    }
    t.same(
      answers.filter((statuses) => statuses.some((status) => status !== 200)),
      [],
    );
    t.equal(count(test, 'POST', 'refresh') - countBefore, REFRESH_ROUNDS);
    t.same(await heldTokens(other), await heldTokens(page));
  });

  await t.test('learns that its login has ended', async (t) => {
    const before = await heldTokens(page);
    await run(page, 'frontend.logOut');
    t.equal(await run(page, 'frontend.tokens.read'), null);
    await run(page, 'frontend.tokens.write', before);
    await t.rejects(run(page, 'frontend.openApplication', org, user.applicationId), /Log in again/);
    t.equal(await run(page, 'frontend.tokens.read'), null);
  });

  await t.test('reads how long to wait, and how many requests are left', async (t) => {
    for (let attempt = 0; attempt < 5; attempt++) await run(page, 'frontend.logIn', user.email, 'Wrong-Horse-7');
    const seen = await page.evaluate<{ status: number; seconds: number; left: string | null; id: string | null }>(`
      frontend.latchkey.POST('/auth/v2/programmatic/login/', { body: ${JSON.stringify({ email: user.email, password: user.password })} })
        .then(({ response }) => ({
          status: response.status,
          seconds: frontend.secondsToWait(response),
          left: response.headers.get('ratelimit-remaining'),
          id: response.headers.get('x-request-id'),
        }))`);
    t.equal(seen.status, 429);
    t.ok(seen.seconds > 0);
    t.match(seen, { left: /^\d+$/, id: /./ });
  });
});

void t.test('the browser refuses a page of an origin that is not listed, and nothing is sent', { skip }, async (t) => {
  const { test, page, user, complaints } = await openFrontend(t, { isListed: false });
  await t.rejects(run(page, 'frontend.logIn', user.email, user.password), /TypeError: Failed to fetch/);
  t.ok(complaints.some((complaint) => complaint.includes('blocked by CORS policy')));
  t.same([count(test, 'OPTIONS', 'login'), count(test, 'POST', 'login')], [1, 0]);
});

interface Frontend {
  test: TestApp;
  page: Page;
  user: TestUser;
  complaints: string[];
  openTab: () => Promise<Page>;
}

/** A page in a browser that speaks to a service of another origin, and a user who is not logged in yet. */
async function openFrontend(t: Test, { isListed = true } = {}): Promise<Frontend> {
  const frontend = await serveFrontend(t);
  const test = await build(t, { env: { CORS_ORIGINS: frontend.origin, RATE_LIMIT_ENABLED: 'true' } });
  const user = await registerUser(test);
  frontend.speakTo(await test.app.listen({ host: '127.0.0.1', port: 0 }));
  const { page, complaints } = await openBrowser(t);
  const open = async (tab: Page) => {
    await tab.goto(isListed ? frontend.origin : frontend.otherOrigin);
    await tab.waitForFunction('window.frontend !== undefined');
    return tab;
  };
  return { test, page: await open(page), user, complaints, openTab: async () => open(await page.context().newPage()) };
}

/** Calls a function of the page. */
async function run<T>(page: Page, name: string, ...args: unknown[]): Promise<T> {
  return page.evaluate<T>(`${name}(${args.map((arg) => JSON.stringify(arg)).join(', ')})`);
}

async function heldTokens(page: Page): Promise<{ refresh_token: string }> {
  return run(page, 'frontend.tokens.read');
}

/** How often an account route has been called. */
function count({ logs }: TestApp, method: string, name: string): number {
  return logs.filter((line) => line.includes(`"${method}","route":"/auth/v2/programmatic/${name}/"`)).length;
}
