import t from 'tap';
import { checkScreen } from '../support/axe.ts';
import { withoutBrowser } from '../support/browser.ts';
import { makeConsoleCompany } from '../support/console-company.ts';
import { openConsole } from '../support/console-page.ts';
import { createApiClient } from '../support/service-user.ts';

void t.test('the console for everybody', { skip: withoutBrowser }, async (t) => {
  const site = await openConsole();
  const company = await makeConsoleCompany(site);
  const { owner, path, api, app } = company;
  await createApiClient(site.origin, owner, 'Night job');
  await site.call(owner, `${api}/members/invite/`, { emails: ['colleague@acme.example'], role: 'reader' });
  // Those of API clients are looked at where they are tested.
  const screens = [
    '/applications',
    '/applications?create',
    ...['', '/settings', '/clients', '?delete'].map((part) => `/applications/${app}${part}`),
    '/best-practices',
    '/members',
    '/members?invite',
    '/policy',
    '/audit',
    '/audit?target=nobody',
    '/settings',
    '/settings?delete',
    '/nowhere',
  ].map((screen) => path + screen);
  screens.push('/new-organization');
  // A list, a form and a dialog.
  const examples = ['/members', '/settings', '/members?invite'].map((screen) => path + screen);

  await t.test(
    'axe finds nothing in light and dark, wide and narrow, and nothing is wider than the window',
    async (t) => {
      const window = await site.open();
      const { page } = window;
      await window.logIn(owner, `${path}/settings`);
      for (const screen of screens) {
        await window.goTo(screen);
        await page.locator('h1').first().waitFor();
        await page.waitForLoadState('networkidle');
        await checkScreen(t, page, { ofItsKind: examples.includes(screen) });
      }
      await window.context.close();
    },
  );
});
