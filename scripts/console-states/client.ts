import type { Page } from 'playwright-core';
import { answerWith, failing, press } from './state.ts';
import type { Scene, State } from './state.ts';

/** One API client: its tabs and dialogs. */
export function clientStates(scene: Scene): State[] {
  const { ada, reader, max, maxClientId, client } = scene;
  const planned = (page: Page) => page.getByRole('radio', { name: /^Planned/ }).check();
  const act = (name: string) => async (page: Page) => {
    await page.getByRole('button', { name, exact: true }).click();
    await page.getByRole('dialog').waitFor();
  };
  const [usual, rotating] = [client('Fraud scoring'), client('Document archive')];
  const own: Omit<State, 'as'>[] = [
    { name: 'client', path: usual },
    { name: 'client-rotating', path: rotating },
    { name: 'client-paused', path: client('Salesforce connector') },
    { name: 'client-unused', path: client('Partner portal') },
    { name: 'client-table', path: usual, act: (page) => page.locator('.chart summary').click() },
    { name: 'client-pause', path: `${usual}?pause` },
    { name: 'client-regenerate', path: `${usual}?regenerate` },
    { name: 'client-regenerate-planned', path: `${usual}?regenerate`, act: planned },
    {
      name: 'client-regenerate-leaked',
      path: `${usual}?regenerate`,
      act: (page) => page.getByRole('radio', { name: /known to others/ }).check(),
    },
    {
      name: 'client-regenerate-until',
      path: `${usual}?regenerate`,
      async act(page) {
        await planned(page);
        await page.getByLabel('The old one works for').selectOption('until');
        await press('Regenerate secret')(page);
      },
    },
    { name: 'client-regenerate-twice', path: `${rotating}?regenerate`, act: planned },
    { name: 'client-delete', path: `${usual}?delete` },
    { name: 'client-delete-unused', path: `${client('Load test')}?delete` },
    { name: 'client-settings', path: `${usual}/settings` },
    { name: 'client-settings-merge', path: `${usual}/settings`, act: (page) => meet(page, scene) },
    {
      name: 'client-settings-leave',
      path: `${usual}/settings`,
      async act(page) {
        await page.getByLabel('Name', { exact: true }).fill('Fraud scoring of claims');
        await page.getByRole('link', { name: 'Members' }).click();
      },
    },
    { name: 'client-secrets', path: `${rotating}/secrets` },
    { name: 'client-secrets-one', path: `${usual}/secrets` },
    { name: 'client-secrets-refuse', path: `${rotating}/secrets`, act: act('Refuse the old one now') },
    { name: 'client-secrets-cancel', path: `${rotating}/secrets`, act: act('Cancel the rotation') },
    { name: 'client-secrets-move', path: `${rotating}/secrets`, act: act('Change its end') },
    {
      name: 'client-secrets-in-use',
      path: `${rotating}/secrets`,
      async act(page) {
        await failing('**/secrets/*/*', answerWith(409, 'secret_in_use'))(page);
        await act('Refuse the old one now')(page);
        await page.getByRole('dialog').getByRole('button', { name: 'Refuse the old one now' }).click();
        await page.getByRole('alert').last().waitFor();
      },
    },
    { name: 'client-redirects', path: `${usual}/redirect-urls` },
    { name: 'client-activity', path: `${rotating}/activity` },
    { name: 'client-not-found', path: `${usual}-` },
  ];
  const long = `/o/${max.organizationId}/clients/${maxClientId}`;
  return [
    ...own.map((state) => ({ ...state, as: ada })),
    { name: 'client-reader', as: reader, path: usual },
    { name: 'client-reader-settings', as: reader, path: `${usual}/settings` },
    { name: 'client-reader-activity', as: reader, path: `${usual}/activity` },
    { name: 'client-long', as: max, path: long },
    { name: 'client-long-settings', as: max, path: `${long}/settings` },
    { name: 'client-long-secrets', as: max, path: `${long}/secrets` },
    { name: 'client-long-delete', as: max, path: `${long}?delete` },
    {
      name: 'client-long-redirects',
      as: max,
      path: `${long}/redirect-urls`,
      async act(page) {
        await page.getByLabel('Redirect URL', { exact: true }).fill('https://app.example/path/to/somewhere');
        await press('Check URL')(page);
        await page.getByText('Not allowed.').waitFor();
      },
    },
  ];
}

/** Two change the same name. */
async function meet(page: Page, { ada, stage }: Scene): Promise<void> {
  const id = stage.clientIds.get('Fraud scoring') ?? '';
  const url = `PATCH /auth/v2/organizations/${ada.organizationId}/api-clients/${id}/`;
  await page.getByLabel('Name', { exact: true }).fill('Fraud scoring of claims');
  await ada.send(url, { name: 'Fraud scoring (new model)' });
  await press('Save changes')(page);
  await page.getByText('Somebody else changed this').waitFor();
  await ada.send(url, { name: 'Fraud scoring' });
}
