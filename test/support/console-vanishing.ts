import type { Locator, Page } from 'playwright-core';
import type { ConsoleCompany } from './console-company.ts';
import type { ConsoleSite } from './console-page.ts';
import { createApiClient, expectStatus, logIn } from './service-user.ts';

/** An action after which its own button is gone. */
export interface Vanishing {
  /** The path of the screen. */
  at: string;
  /** Before the button is there. */
  open?: (page: Page) => Promise<void>;
  button: (page: Page) => Locator;
  /** The button of the dialog that asks. */
  confirm?: string;
  /** What is to be done then. */
  rest?: (page: Page) => Promise<void>;
  /** What the focus is on afterwards. */
  then: string | RegExp;
}

const named = (name: string | RegExp) => (page: Page) =>
  page.getByRole('main').getByRole('button', { name }).or(page.getByRole('main').getByRole('link', { name })).first();

/** One of each kind, with what it takes from the company. */
export async function vanishingIn(site: ConsoleSite, company: ConsoleCompany): Promise<Record<string, Vanishing>> {
  const { owner, developer, path, api } = company;
  const rotating = async (name: string): Promise<string> => {
    const { body } = await expectStatus(201, createApiClient(site.origin, owner, name));
    const rotation = `POST ${api}/api-clients/${body.client_id}/regenerate-secret/`;
    await expectStatus(200, site.call(owner, rotation, { overlap_seconds: 3_600 }));
    return `${path}/clients/${body.client_id}`;
  };
  const [first, second] = [await rotating('Rotating'), await rotating('Cancelled')];
  for (let times = 0; times < 2; times += 1) await expectStatus(200, logIn(site.origin, owner.email));
  const choose = async (page: Page): Promise<void> => {
    await page.getByRole('checkbox', { name: 'Choose Cancelled' }).check();
  };
  return {
    'the end of an old secret': {
      at: `${first}/secrets`,
      button: named('Refuse the old one now'),
      confirm: 'Refuse the old one now',
      then: 'Usable secrets',
    },
    'a rotation that is cancelled': {
      at: `${second}/secrets`,
      button: named('Cancel the rotation'),
      confirm: 'Cancel the rotation',
      then: 'Usable secrets',
    },
    'a pause': { at: first, button: named('Pause'), confirm: 'Pause API client', then: 'Resume' },
    'a resumption': { at: first, button: named('Resume'), then: 'Pause' },
    'a change that is discarded': {
      at: `${first}/redirect-urls`,
      open: (page) => page.getByLabel('Of this API client').fill('https://app.example/'),
      button: named('Discard changes'),
      then: 'Save redirect URLs',
    },
    'a filter that is taken away': {
      at: `${path}/clients?environment=live`,
      button: named('Remove the filter Live'),
      then: /^Filters/,
    },
    'a choice that is taken back': {
      at: `${path}/clients`,
      open: choose,
      button: named('Choose none'),
      then: 'Choose all that are shown',
    },
    'the deletion of several': {
      at: `${path}/clients`,
      open: choose,
      button: (page) => page.getByRole('group').getByRole('button', { name: 'Delete…' }),
      rest: async (page) => {
        const dialog = page.getByRole('dialog');
        await dialog.getByLabel('Number').fill('1');
        await dialog.getByRole('button', { name: 'Delete 1 API client' }).click();
        await dialog.getByRole('button', { name: 'Close' }).last().click();
      },
      then: 'API clients',
    },
    'a role that is saved': {
      at: `${path}/members`,
      open: async (page) => {
        await page.getByRole('combobox', { name: `Role of ${developer.email}` }).selectOption('reader');
      },
      button: named(`Save role of ${developer.email}`),
      then: `Role of ${developer.email}`,
    },
    'a member who is removed': {
      at: `${path}/members`,
      button: named(`Remove… ${developer.email}`),
      confirm: 'Remove member',
      then: /\w/,
    },
    'an invitation that is withdrawn': {
      at: `${path}/members`,
      button: named(/^Withdraw…/),
      confirm: 'Withdraw invitation',
      then: /\w/,
    },
    'a login that is ended': {
      at: '/account',
      button: named(/^End the login/),
      confirm: 'End login',
      then: /\w/,
    },
    'all other logins': {
      at: '/account',
      button: named('End all others'),
      confirm: 'End all others',
      then: 'Where you are logged in',
    },
  };
}
