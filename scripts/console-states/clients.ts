import type { Page } from 'playwright-core';
import { answerWith, failing, press } from './state.ts';
import type { Scene, State } from './state.ts';

const CLIENTS = '**/api-clients/**';

/** Lists of API clients, with what can be done there. */
export function listStates({ ada, reader, max, min, org, client }: Scene): State[] {
  const list = `${org}/clients`;
  const choose = async (page: Page): Promise<void> => {
    for (const name of ['Load test', 'Night job']) await page.getByRole('checkbox', { name: `Choose ${name}` }).check();
  };
  const bulk = async (page: Page): Promise<void> => {
    await choose(page);
    await page.getByRole('group').getByRole('button', { name: 'Delete…' }).click();
    await page.getByRole('dialog').waitFor();
  };
  const search = (typed: string) => async (page: Page) => {
    await page.getByRole('searchbox').fill(typed);
    await page.waitForURL('**?q=*');
    await page.waitForLoadState('networkidle');
  };
  const own: Omit<State, 'as'>[] = [
    { name: 'list', path: list },
    { name: 'list-chosen', path: list, act: choose },
    { name: 'list-bulk-delete', path: list, act: bulk },
    { name: 'list-filtered', path: `${list}?status=active&environment=live&unused=90d` },
    { name: 'list-filters-open', path: list, act: press('Filters') },
    { name: 'list-no-match', path: `${list}?q=nothing` },
    { name: 'list-pasted-secret', path: list, act: search(`lk_live_${'0123456789abcdef'.repeat(4)}wxyz`) },
    {
      name: 'list-loading',
      path: list,
      before: failing(CLIENTS, 'never'),
    },
    { name: 'list-failed', path: list, before: failing(CLIENTS, answerWith(500, 'internal_error')) },
    {
      name: 'list-offline',
      path: list,
      async act(page) {
        await failing('**/auth/**', 'cut')(page);
        await page.getByLabel('Status').selectOption('active');
        await page.getByText('No connection to the service.').first().waitFor();
      },
    },
    {
      name: 'list-toast',
      path: client('Salesforce connector'),
      async act(page) {
        // It stays paused: its own picture comes later.
        await page.route(CLIENTS, (route) =>
          route.request().method() === 'PATCH' ? route.fulfill({ json: {} }) : route.continue(),
        );
        await press('Resume')(page);
        await page.getByText('is active again').first().waitFor();
      },
    },
    { name: 'not-found', path: '/nowhere' },
    { name: 'not-yours', path: `/o/${max.organizationId}/clients` },
    {
      name: 'choose-organization',
      path: '/',
      async before(page) {
        await page.addInitScript(`localStorage.removeItem('latchkey.organization')`);
        await failing('**/console/session/', {
          ...answerWith(200, ''),
          contentType: 'application/json',
          body: JSON.stringify({
            user: { uuid: 'ada', email: ada.email },
            organizations: [
              { uuid: ada.organizationId, name: 'Acme', role: 'owner' },
              { uuid: max.organizationId, name: 'Partner of a rather long name, in Rotterdam', role: 'reader' },
            ],
            expires_at: '2099-01-01T00:00:00Z',
          }),
        })(page);
      },
      isAlone: true,
    },
    {
      name: 'menu-organization',
      path: list,
      act: (page) => page.getByRole('button', { name: /^Organization:/ }).click(),
    },
    { name: 'menu-account', path: list, act: press('Account') },
    {
      name: 'menu-navigation',
      path: list,
      async act(page) {
        await page.setViewportSize({ width: 390, height: 844 });
        await press('Menu')(page);
      },
    },
    {
      name: 'keys',
      path: list,
      async act(page) {
        await page.locator('h1').focus();
        await page.keyboard.press('?');
        await page.getByRole('dialog').waitFor();
      },
    },
    {
      name: 'login-again',
      path: list,
      async act(page) {
        await failing(CLIENTS, answerWith(401, 'invalid_token'))(page);
        await page.getByLabel('Status').selectOption('active');
        await page.getByRole('dialog', { name: 'Log in to go on' }).waitFor();
      },
    },
    {
      name: 'updated',
      path: '/account',
      async before(page) {
        await page.addInitScript(`sessionStorage.setItem('latchkey.reloaded', 'yes')`);
        await page.route(/assets\/(?:routes|account).*js/, (route) => route.fulfill({ status: 404 }));
      },
      isAlone: true,
    },
  ];
  return [
    ...own.map((state) => ({ ...state, as: ada })),
    { name: 'list-reader', as: reader, path: list },
    { name: 'list-of-many', as: max, path: `/o/${max.organizationId}/clients` },
    {
      name: 'list-of-many-end',
      as: max,
      path: `/o/${max.organizationId}/clients`,
      act: (page) => page.getByRole('button', { name: 'Show 50 more' }).scrollIntoViewIfNeeded(),
    },
    { name: 'list-of-none', as: min, path: `/o/${min.organizationId}/clients` },
  ];
}

async function fill(page: Page): Promise<void> {
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Name', { exact: true }).fill('Reporting');
  await dialog.getByRole('radio', { name: 'Staging' }).check();
  await dialog.getByRole('checkbox', { name: 'Read API resources' }).check();
}

async function create(page: Page): Promise<void> {
  await fill(page);
  await press('Create API client')(page);
  await page.getByRole('button', { name: 'Done' }).waitFor();
}

/** The dialog of a new API client, and of its secret. */
export function createStates({ ada, org }: Scene): State[] {
  const path = `${org}/clients?create`;
  const states: (Omit<State, 'as' | 'path'> & { path?: string })[] = [
    { name: 'create' },
    { name: 'create-live', act: (page) => page.getByRole('radio', { name: /^Live/ }).check() },
    { name: 'create-more', act: (page) => page.getByText('More options').click() },
    { name: 'create-faults', act: press('Create API client') },
    {
      name: 'create-leave',
      async act(page) {
        await fill(page);
        await page.keyboard.press('Escape');
        await page.getByRole('dialog').nth(1).waitFor();
      },
    },
    {
      name: 'create-too-often',
      async act(page) {
        await fill(page);
        await failing(CLIENTS, answerWith(429, 'rate_limited', { 'retry-after': '30' }))(page);
        await press('Create API client')(page);
        await page.getByRole('alert').first().waitFor();
      },
    },
    { name: 'secret', act: create },
    {
      name: 'secret-env',
      async act(page) {
        await create(page);
        await page.getByText('.env', { exact: true }).click();
      },
    },
    {
      name: 'secret-unconfirmed',
      async act(page) {
        await create(page);
        await press('Done')(page);
      },
    },
    {
      name: 'secret-confirmed',
      async act(page) {
        await create(page);
        await press('Copy')(page);
        await page.getByLabel('I have saved the secret').check();
      },
    },
    {
      name: 'secret-leave',
      path: `${org}/clients`,
      async act(page) {
        await page.getByRole('link', { name: 'New API client' }).click();
        await create(page);
        await page.goBack();
      },
    },
  ];
  return states.map((state) => ({ path, ...state, as: ada, isAlone: state.name.startsWith('secret') }));
}
