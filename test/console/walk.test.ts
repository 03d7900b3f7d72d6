import t from 'tap';
import { withoutBrowser } from '../support/browser.ts';
import { startConsole } from '../support/console-page.ts';
import { createApiClient } from '../support/service-user.ts';

void t.test('the console in a browser', { skip: withoutBrowser }, async (t) => {
  const site = await startConsole(t);
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
});
