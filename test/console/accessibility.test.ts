import t from 'tap';
import { findBarriers, measureOverflow } from '../support/axe.ts';
import { withoutBrowser } from '../support/browser.ts';
import { makeConsoleCompany } from '../support/console-company.ts';
import { startConsole } from '../support/console-page.ts';
import { createApiClient } from '../support/service-user.ts';

void t.test('the console for everybody', { skip: withoutBrowser }, async (t) => {
  const site = await startConsole(t);
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
        for (const width of [1280, 320]) {
          await page.setViewportSize({ width, height: 800 });
          t.ok((await measureOverflow(page)) <= 0, `${screen} at ${width} px`);
          for (const colorScheme of ['light', 'dark'] as const) {
            await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
            t.same(await findBarriers(page), [], `${screen}, ${width} px, ${colorScheme}`);
          }
        }
      }
      await window.context.close();
    },
  );
});
