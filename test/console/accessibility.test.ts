import t from 'tap';
import { checkScreen } from '../support/axe.ts';
import { withoutBrowser } from '../support/browser.ts';
import { makeConsoleCompany } from '../support/console-company.ts';
import { openConsole } from '../support/console-page.ts';
import { vanishingIn } from '../support/console-vanishing.ts';
import { until } from '../support/embedded-service.ts';
import { keyboardOf } from '../support/keyboard.ts';
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

  await t.test('an API client is made, its secret copied, rotated and deleted by the keyboard alone', async (t) => {
    const window = await site.open({ permissions: ['clipboard-read', 'clipboard-write'] });
    const { page } = window;
    const { press, type, tabTo, focused, unseen } = keyboardOf(page);
    const copySecret = async (): Promise<string> => {
      const field = page.getByLabel('Client secret', { exact: true });
      await field.and(page.locator(':focus')).waitFor();
      await tabTo('Copy');
      await press('Enter');
      await page.getByRole('button', { name: 'Copied' }).waitFor();
      t.equal(await page.evaluate('navigator.clipboard.readText()'), await field.inputValue());
      const secret = await field.inputValue();
      await tabTo('I have saved the secret');
      await press('Space');
      await tabTo('Done');
      await press('Enter');
      await page.getByRole('dialog').waitFor({ state: 'detached' });
      return secret;
    };
    await window.logIn(owner, `${path}/clients`);
    await page.getByRole('link', { name: 'Night job' }).waitFor();

    await tabTo('New API client');
    await press('Enter');
    await page.getByRole('textbox', { name: 'Name' }).and(page.locator(':focus')).waitFor();
    await press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    t.match(await focused(), { name: 'New API client', isVisible: true }, 'back where it was');
    await press('Enter');
    await page.getByRole('textbox', { name: 'Name' }).and(page.locator(':focus')).waitFor();
    await type('By keyboard');
    await tabTo('Staging');
    await press('Space');
    await tabTo('Read API resources');
    await press('Space');
    await tabTo('Create API client');
    await press('Enter');
    await copySecret();
    await page.getByRole('link', { name: 'By keyboard' }).and(page.locator(':focus')).waitFor();

    await press('Enter');
    await page.getByRole('heading', { level: 1, name: 'By keyboard' }).and(page.locator(':focus')).waitFor();
    await tabTo('Regenerate…');
    await press('Enter');
    await page.getByRole('button', { name: 'Keep the secret' }).and(page.locator(':focus')).waitFor();
    await press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    t.match(await focused(), { name: 'Regenerate…', isVisible: true }, 'after a way out');
    await press('Enter');
    await tabTo('Planned');
    await press('Space');
    await tabTo('Regenerate secret');
    await press('Enter');
    await copySecret();
    t.match(await focused(), { name: 'Regenerate…', isVisible: true }, 'after it was done');

    await tabTo('Delete…');
    await press('Enter');
    await page.getByRole('button', { name: 'Keep it' }).and(page.locator(':focus')).waitFor();
    await press('Enter');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    t.match(await focused(), { name: 'Delete…', isVisible: true });
    await press('Enter');
    await tabTo('Delete API client');
    await press('Enter');
    await page.getByText('By keyboard was deleted.').first().waitFor();
    await page.getByRole('heading', { level: 1, name: 'API clients' }).and(page.locator(':focus')).waitFor();
    t.same([...unseen], [], 'no place where the focus is not seen');
    await window.context.close();
  });

  await t.test('a menu and the help close by Escape, and give the focus back', async (t) => {
    const window = await site.open();
    const { press, tabTo, focused } = keyboardOf(window.page);
    await window.logIn(owner, `${path}/applications`);
    await window.page.getByRole('link', { name: 'New application' }).waitFor();
    for (const [button, entry] of [
      ['Organization:', 'Create organization'],
      ['Account', 'Account settings'],
    ] as const) {
      await tabTo(button);
      const { name } = await focused();
      await press('Enter');
      await tabTo(entry);
      await press('Escape');
      t.match(await focused(), { name, isVisible: true }, button);
      t.notOk(await window.page.getByRole('link', { name: entry }).isVisible(), 'it is closed');
    }
    await tabTo('New application');
    await press('?');
    await window.page.getByRole('dialog', { name: 'Keys' }).waitFor();
    await press('Escape');
    await window.page.getByRole('dialog').waitFor({ state: 'detached' });
    t.match(await focused(), { name: 'New application', isVisible: true });
    await window.context.close();
  });

  await t.test('an action that takes its own button away leaves the focus on what is there', async (t) => {
    const window = await site.open();
    const { page } = window;
    const { press, focused } = keyboardOf(page);
    await window.logIn(owner, `${path}/members`);
    for (const [name, action] of Object.entries(await vanishingIn(site, company))) {
      await window.goTo(action.at);
      await page.getByRole('heading', { level: 1 }).waitFor();
      await page.waitForLoadState('networkidle');
      await action.open?.(page);
      const button = action.button(page);
      await button.focus();
      await page.evaluate('window.pressed = document.activeElement; null');
      await press('Enter');
      if (action.confirm !== undefined) {
        await page.getByRole('dialog').getByRole('button', { name: action.confirm, exact: true }).focus();
        await press('Enter');
      }
      await action.rest?.(page);
      await until(() => page.evaluate('!window.pressed.isConnected && document.querySelector("dialog") === null'));
      await page.evaluate('new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))');
      // The heading of a screen has no outline, as after a navigation.
      const isVisible = !(await page.locator('h1:focus').isVisible());
      t.match(await focused(), { name: action.then, isVisible }, name);
    }
    await window.context.close();
  });
});
