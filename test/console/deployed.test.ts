import { join } from 'node:path';
import type { Page } from 'playwright-core';
import t from 'tap';
import { launchBrowser, withoutBrowser } from '../support/browser.ts';
import { openWindow } from '../support/console-page.ts';
import { findFreePort } from '../support/free-port.ts';
import { makeDeployment } from '../support/deployment.ts';
import { startEdge } from '../support/edge.ts';
import { makeEmail } from '../support/factories.ts';
import { gatewayNames, needs } from '../support/gateway.ts';
import { buildNext, nextWords } from '../support/service-build.ts';
import { signUp } from '../support/service-user.ts';

const HOST = 'latchkey.acme.example';
const skip = withoutBrowser || (gatewayNames.map((name) => needs(name).skip).find(Boolean) ?? false);

void t.test('the console as it is deployed', { skip }, async (t) => {
  const deployment = await makeDeployment(t);
  const port = await findFreePort();
  const publicUrl = `https://${HOST}:${port}`;
  const env = { ...deployment.env, PUBLIC_URL: publicUrl, TRUST_PROXY: '127.0.0.1' };
  const service = deployment.launch(env);
  const inside = await service.listening();
  const owner = await signUp(inside, deployment.smtp, makeEmail());
  const clients = `/o/${owner.organizationId}/clients`;
  const browser = await launchBrowser(t);
  const options = { ignoreHTTPSErrors: true, permissions: ['clipboard-read', 'clipboard-write'] };

  for (const name of gatewayNames) {
    await t.test(
      `behind ${name}, over HTTPS: page, headers, cookie, clipboard and conditions arrive whole`,
      async (t) => {
        const instances = [new URL(inside).host];
        const end = await startEdge(t, { name, dir: join(deployment.dir, name), host: HOST, port, instances });
        const window = await openWindow(browser, publicUrl, options);
        const { page, context } = window;
        const answer = await page.goto(`${publicUrl}/`);
        await page.getByRole('heading', { name: 'Log in' }).waitFor();
        const headers = (await answer?.headersArray()) ?? [];
        const valuesOf = (header: string) =>
          headers.flatMap(({ name, value }) => (name.toLowerCase() === header ? [value] : []));
        for (const [header, value] of Object.entries({
          'content-security-policy': /^default-src 'none'; .*require-trusted-types-for 'script'/,
          'strict-transport-security': /^max-age=\d{8}/,
          'permissions-policy': /clipboard-write=\(self\)/,
        })) {
          t.match(valuesOf(header), [value], header);
          t.equal(valuesOf(header).length, 1, `${header}: once`);
        }

        await window.logIn(owner, clients);
        const cookies = await context.cookies();
        t.match(cookies, [{ name: '__Host-Http-latchkey', domain: HOST, path: '/', sameSite: 'Strict' }]);
        t.same(
          cookies.map(({ secure, httpOnly }) => [secure, httpOnly]),
          [[true, true]],
          'one, and no script reads it',
        );
        await page.reload();
        await page.getByRole('link', { name: 'New API client' }).waitFor();

        const secret = await createClient(page, name);
        await page.getByRole('button', { name: 'Copy', exact: true }).click();
        await page.getByRole('button', { name: 'Copied', exact: true }).waitFor();
        t.equal(await page.evaluate('navigator.clipboard.readText()'), secret);
        await page.getByRole('checkbox', { name: 'I have saved the secret' }).check();
        await page.getByRole('button', { name: 'Done' }).click();
        await page.getByRole('link', { name, exact: true }).click();
        await page.getByRole('main').getByRole('link', { name: 'Settings', exact: true }).click();
        await page.getByLabel('Description').fill('Changed on top of what was read');
        await page.getByRole('button', { name: 'Save changes' }).click();
        await page.getByText('The changes are saved.').first().waitFor();
        t.same(window.violations, []);
        t.same(window.complaints, []);
        t.same([...window.origins], [publicUrl]);
        await page.getByRole('button', { name: 'Account' }).click();
        await page.getByRole('button', { name: 'Log out' }).click();
        await page.getByRole('heading', { name: 'Log in' }).waitFor();
        t.same(await context.cookies(), []);
        await context.close();
        await end();
      },
    );
  }

  await t.test('open at another address than its own, it says which setting names that', async () => {
    const window = await openWindow(browser, inside.replace('127.0.0.1', 'localhost'));
    const { page } = window;
    await window.goTo('/login');
    await page.getByLabel('Email').fill(owner.email);
    await page.getByLabel('Password').fill('Any-Password-9');
    await page.getByRole('button', { name: 'Log in' }).click();
    await page.getByRole('alert').getByText('PUBLIC_URL').waitFor();
    await window.context.close();
  });

  await t.test('a page of the build before loses nothing, and is loaded anew once where it lacks a part', async (t) => {
    const nextPort = await findFreePort();
    const instances = [new URL(inside).host, `127.0.0.1:${nextPort}`];
    await startEdge(t, { name: 'nginx', dir: join(deployment.dir, 'upgrade'), host: HOST, port, instances });
    const window = await openWindow(browser, publicUrl, options);
    const { page } = window;
    await window.logIn(owner, `${clients}?create`);
    await page.getByRole('dialog').getByLabel('Name', { exact: true }).fill('Typed before');
    t.equal(await readWords(page), nextWords[0]);

    await deployment.launch({ ...env, PORT: String(nextPort) }, await buildNext()).listening();
    service.kill('SIGTERM');
    await service.ended();
    let loads = 0;
    page.on('request', (request) => {
      if (request.isNavigationRequest()) loads += 1;
    });
    await fillClient(page, 'Typed before');
    await page.getByRole('checkbox', { name: 'I have saved the secret' }).check();
    await page.getByRole('button', { name: 'Done' }).click();
    await page.getByRole('link', { name: 'Typed before' }).waitFor();
    t.equal(loads, 0, 'what is there goes on');
    await page.getByRole('link', { name: 'Members' }).click();
    await page.getByRole('heading', { name: 'Members' }).waitFor();
    t.equal(loads, 1, 'one reload');
    t.equal(await readWords(page), nextWords[1], 'of the new build');
    t.match(page.url(), /\/members$/, 'where it was to go');
    await page.getByRole('link', { name: 'Credential policy' }).click();
    await page.getByRole('heading', { name: 'Credential policy' }).waitFor();
    t.equal(loads, 1);
    await window.context.close();
  });
});

async function createClient(page: Page, name: string): Promise<string> {
  await page.getByRole('link', { name: 'New API client' }).click();
  return fillClient(page, name);
}

/** @returns the secret */
async function fillClient(page: Page, name: string): Promise<string> {
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Name', { exact: true }).fill(name);
  await dialog.getByRole('radio', { name: 'Staging' }).check();
  await dialog.getByRole('checkbox', { name: 'Read API resources' }).check();
  await page.getByRole('button', { name: 'Create API client' }).click();
  return page.getByLabel('Client secret', { exact: true }).inputValue();
}

/** Words of the page that another build has others for. */
function readWords(page: Page): Promise<string | null> {
  return page.locator('.skip-link').textContent();
}
