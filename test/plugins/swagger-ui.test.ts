import type { Locator, Page } from 'playwright-core';
import t from 'tap';
import { openBrowser, withoutBrowser as skip } from '../support/browser.ts';
import { build } from '../support/build-app.ts';
import { registerUser } from '../support/factories.ts';

void t.test('a person logs in, authorizes and creates an application in Swagger UI', { skip }, async (t) => {
  const test = await build(t);
  const user = await registerUser(test);
  // PUBLIC_URL names localhost and another port, as it does behind a proxy or in a container.
  const origin = await test.app.listen({ host: '127.0.0.1', port: 0 });
  const { page, complaints, origins } = await openBrowser(t);
  await page.goto(`${origin}/docs`);
  t.equal(await page.title(), 'Latchkey');

  const login = await openOperation(page, 'Accounts', 'login');
  t.match(JSON.parse(await login.locator('textarea.body-param__text').inputValue()), { email: 'ada@acme.example' });
  await login.locator('textarea.body-param__text').fill(JSON.stringify({ email: user.email, password: user.password }));
  const loggedIn = await execute(login);
  t.equal(loggedIn.status, '200');

  await page.locator('.auth-wrapper button.authorize').first().click();
  const form = page.locator('.dialog-ux .auth-container', { hasText: 'adminToken' });
  await form.locator('input').fill(String(loggedIn.body.access_token));
  await form.getByRole('button', { name: 'Apply credentials' }).click();
  await form.getByRole('button', { name: 'Remove authorization' }).waitFor();
  await page.locator('.dialog-ux .close-modal').click();

  const createApplication = await openOperation(page, 'Applications', 'createApplication');
  await createApplication.locator('input[placeholder="org"]').fill(user.organizationId);
  const created = await execute(createApplication);
  t.equal(created.status, '201', 'the example in the page is good as it stands');
  t.match(created.body, { name: 'Acme Customer App', api_key: /^lk_live_[0-9A-Za-z]{71}$/ });
  const check = await test.request('GET', '/auth/v2/verify/', {
    headers: { 'x-api-key': String(created.body.api_key) },
  });
  t.equal(check.statusCode, 200, 'the key in the page is the real one');

  t.same(complaints, [], 'nothing was blocked and nothing failed');
  t.same([...origins], [origin], 'the page loads and calls nothing of elsewhere');
});

void t.test('a person who is not authorized reads in Swagger UI what is wrong', { skip }, async (t) => {
  const test = await build(t);
  const origin = await test.app.listen({ host: '127.0.0.1', port: 0 });
  const { page } = await openBrowser(t);
  await page.goto(`${origin}/docs/`);
  const refused = await execute(await openOperation(page, 'Organizations', 'listOrganizations'));
  t.equal(refused.status, '401');
  t.match(refused.body, { code: 'unauthorized' });
});

void t.test(
  'the pages of Swagger UI run scripts of their own origin only, in no frame, over plain HTTP too',
  async (t) => {
    const { request } = await build(t);
    const page = await request('GET', '/docs');
    const assets = [...page.body.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, url = '']) => url);
    t.ok(assets.some((url) => url.endsWith('swagger-ui-bundle.js')));
    t.match(page.body, /^(?!.*<script>)/s, 'there is no inline script');
    for (const url of ['/docs', '/docs/', ...assets]) {
      const { statusCode, headers } = await request('GET', url);
      t.equal(statusCode, 200, url);
      const policy = String(headers['content-security-policy']);
      t.match(policy, /default-src 'none'; script-src 'self';.*connect-src 'self';.*frame-ancestors 'none'/, url);
      t.not(/unsafe|https?:|upgrade-insecure-requests/.test(policy), true, url);
    }
  },
);

async function openOperation(page: Page, tag: string, operationId: string): Promise<Locator> {
  const operation = page.locator(`#operations-${tag}-${operationId}`);
  await operation.locator('.opblock-summary-control').click();
  await operation.locator('button.execute').waitFor();
  return operation;
}

async function execute(operation: Locator): Promise<{ status: string; body: Record<string, unknown> }> {
  await operation.locator('button.execute').click();
  const answer = operation.locator('.live-responses-table .response');
  const status = (await answer.locator('.response-col_status').innerText()).trim();
  const body = await answer.locator('.response-col_description .microlight').first().innerText();
  return { status, body: JSON.parse(body) as Record<string, unknown> };
}
