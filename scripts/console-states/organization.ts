import type { Page } from 'playwright-core';
import { answerWith, failing, press } from './state.ts';
import type { Scene, State } from './state.ts';

/** Applications, members, policy, audit log and settings. */
export async function organizationStates({ ada, reader, max, min, org }: Scene): Promise<State[]> {
  const { results } = (await ada.send(`/auth/v2/organizations/${ada.organizationId}/applications/`)) as unknown as {
    results: { uuid: string }[];
  };
  const app = `${org}/applications/${results[0]?.uuid ?? ''}`;
  const first = (name: RegExp) => async (page: Page) => {
    await page.getByRole('link', { name }).first().click();
    await page.getByRole('dialog').waitFor();
  };
  const own: Omit<State, 'as'>[] = [
    { name: 'applications', path: `${org}/applications` },
    { name: 'applications-create', path: `${org}/applications?create` },
    {
      name: 'applications-create-more',
      path: `${org}/applications?create`,
      act: (page) => page.getByRole('dialog').getByText('More', { exact: true }).click(),
    },
    { name: 'application', path: app },
    { name: 'application-settings', path: `${app}/settings` },
    { name: 'application-clients', path: `${app}/clients` },
    { name: 'application-delete', path: `${app}?delete` },
    { name: 'best-practices', path: `${org}/best-practices` },
    { name: 'members', path: `${org}/members` },
    { name: 'members-invite', path: `${org}/members?invite` },
    { name: 'members-invite-faults', path: `${org}/members?invite`, act: press('Send invitations') },
    {
      name: 'members-invited',
      path: `${org}/members?invite`,
      async act(page) {
        await page.getByLabel('Emails').fill('grace@acme.example\nkatherine@acme.example\nmargaret@acme.example');
        await page.getByRole('radio', { name: /^developer/i }).check();
        await press('Send invitations')(page);
        await page.getByText('Invited', { exact: true }).first().waitFor();
      },
    },
    { name: 'members-remove', path: `${org}/members`, act: first(/^Remove…/) },
    { name: 'members-withdraw', path: `${org}/members`, act: first(/^Withdraw…/) },
    { name: 'policy', path: `${org}/policy` },
    {
      name: 'policy-preview',
      path: `${org}/policy`,
      async act(page) {
        await page.getByLabel('Longest life of a secret, in days').fill('90');
        await page.getByLabel('Every member').check();
      },
    },
    { name: 'audit', path: `${org}/audit` },
    {
      name: 'audit-unfolded',
      path: `${org}/audit`,
      async act(page) {
        await press('Verify the chain')(page);
        await page.getByText('The chain is whole').waitFor();
        await page.locator('main summary').first().click();
      },
    },
    {
      name: 'audit-filters',
      path: `${org}/audit`,
      async act(page) {
        await page.setViewportSize({ width: 390, height: 844 });
        await press('Filters')(page);
      },
    },
    { name: 'audit-none', path: `${org}/audit?target=nobody` },
    { name: 'settings', path: `${org}/settings` },
    { name: 'settings-delete', path: `${org}/settings?delete` },
    { name: 'new-organization', path: '/new-organization' },
  ];
  const long = `/o/${max.organizationId}`;
  return [
    ...own.map((state) => ({ ...state, as: ada })),
    { name: 'members-reader', as: reader, path: `${org}/members` },
    { name: 'policy-reader', as: reader, path: `${org}/policy` },
    { name: 'audit-reader', as: reader, path: `${org}/audit` },
    { name: 'applications-none', as: min, path: `/o/${min.organizationId}/applications` },
    { name: 'best-practices-none', as: min, path: `/o/${min.organizationId}/best-practices` },
    { name: 'applications-long', as: max, path: `${long}/applications` },
    { name: 'best-practices-long', as: max, path: `${long}/best-practices` },
    { name: 'members-long', as: max, path: `${long}/members` },
    { name: 'members-leave', as: reader, path: `${org}/members?leave` },
    { name: 'audit-long', as: max, path: `${long}/audit` },
    { name: 'settings-long-delete', as: max, path: `${long}/settings?delete` },
  ];
}

/** Everything of a person. */
export function accountStates({ ada, tess, max }: Scene): State[] {
  const own: Omit<State, 'as'>[] = [
    { name: 'account', path: '/account' },
    { name: 'account-totp', path: '/account?dialog=totp' },
    { name: 'account-passkey', path: '/account?dialog=passkey' },
    {
      name: 'account-password-faults',
      path: '/account',
      async act(page) {
        await page.getByLabel('Current password').fill('not this one');
        await page.getByLabel('New password').fill('short');
        await press('Change password')(page);
        await page.getByRole('alert').first().waitFor();
      },
    },
    { name: 'account-end-others', path: '/account', act: press('End all others') },
    {
      name: 'account-step-up',
      path: '/account',
      async act(page) {
        await failing('**/account/sessions/', answerWith(403, 'reauthentication_required'))(page);
        await press('End all others')(page);
        await press('End all others')(page);
        await page.getByRole('dialog', { name: /^Enter your password/ }).waitFor();
      },
    },
  ];
  return [
    ...own.map((state) => ({ ...state, as: ada })),
    { name: 'account-long', as: max, path: '/account' },
    { name: 'account-with-app', as: tess, path: '/account', before: logInWithApp, isAlone: true },
  ];
}

/** The picture is of the account with all of it set up: what the service would say then. */
async function logInWithApp(page: Page): Promise<void> {
  await page.route('**/auth/v2/account/', async (route) => {
    const answer = await route.fetch();
    const account = (await answer.json()) as object;
    await route.fulfill({ response: answer, json: { ...account, has_authenticator: true, has_passkeys: true } });
  });
  await page.route('**/account/passkeys/**', (route) =>
    route.fulfill({
      json: {
        results: ['Laptop', 'Security key, in the safe'].map((name) => ({
          ...{ uuid: name, name, created_at: '2026-01-05T08:00:00Z', last_used_at: null },
        })),
        next_cursor: null,
      },
    }),
  );
}
