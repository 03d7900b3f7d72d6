import type { Locator, Page } from 'playwright-core';
import t from 'tap';
import { withoutBrowser } from '../support/browser.ts';
import { makeConsoleCompany } from '../support/console-company.ts';
import type { ConsoleCompany } from '../support/console-company.ts';
import { openConsole } from '../support/console-page.ts';
import type { ConsoleSite } from '../support/console-page.ts';
import { PASSWORD } from '../support/factories.ts';
import { expectStatus } from '../support/service-user.ts';

/** What is typed into fields, by their labels. */
type Typed = Record<string, string>;

/** A form, with something wrong in it. */
interface Form {
  path: string;
  /** Before the fields are there. */
  open?: (page: Page) => Promise<void>;
  typed: Typed;
  /** Radio buttons and boxes, by the beginning of their names. */
  chosen?: string[];
  submit: string;
  /** The labels of the fields that are wrong. */
  wrong: string[];
}

const YESTERDAY = new Date(Date.now() - 86_400_000).toISOString().slice(0, 16);
const NO_URL = 'http://acme.example/callback';

/** The form that is shown: that of the dialog, if there is one. */
async function scopeOf(page: Page): Promise<Locator> {
  const dialog = page.getByRole('dialog');
  return (await dialog.count()) > 0 ? dialog.last() : page.getByRole('main').or(page.locator('#root')).first();
}

function fieldOf(scope: Locator, label: string): Locator {
  return scope.getByLabel(new RegExp(`^\\s*${label}\\s*(optional)?\\s*$`));
}

async function type(scope: Locator, typed: Typed): Promise<void> {
  for (const [label, value] of Object.entries(typed)) await fieldOf(scope, label).fill(value);
}

/** All forms of somebody who is logged in but those of the second factor, which are looked at where that is set up. */
async function formsOf(site: ConsoleSite, { owner, path, api, app }: ConsoleCompany) {
  const body = { name: 'Night job', environment: 'live', permissions: ['api.read'] };
  const made = await expectStatus(201, site.call<{ client_id: string }>(owner, `${api}/api-clients/`, body));
  const client = `${path}/clients/${made.body.client_id}`;
  const clientApi = `${api}/api-clients/${made.body.client_id}/`;
  await expectStatus(200, site.call(owner, `POST ${clientApi}regenerate-secret/`, { overlap_seconds: 3_600 }));
  const forms: Record<string, Form> = {
    'a new API client': {
      path: `${path}/clients?create`,
      open: (page) => page.getByText('More options').click(),
      typed: {
        Name: 'Kept',
        'Allowed redirect URLs': `https://a.example/cb\n${NO_URL}`,
        'Allowed addresses': 'nowhere',
      },
      chosen: ['Staging', 'Read API resources'],
      submit: 'Create API client',
      wrong: ['Allowed redirect URLs', 'Allowed addresses'],
    },
    'settings of an API client': {
      path: `${client}/settings`,
      typed: { Name: 'Kept', 'Allowed addresses': 'nowhere' },
      submit: 'Save changes',
      wrong: ['Allowed addresses'],
    },
    'redirect URLs of an API client': {
      path: `${client}/redirect-urls`,
      typed: { 'Of this API client': NO_URL },
      submit: 'Save redirect URLs',
      wrong: ['Of this API client'],
    },
    'a redirect URL to be checked': {
      path: `${client}/redirect-urls`,
      typed: { 'Of this API client': 'https://kept.example/', 'Redirect URL': ' ' },
      submit: 'Check URL',
      wrong: ['Redirect URL'],
    },
    'a regeneration': {
      path: `${client}?regenerate`,
      open: async (page) => {
        await page.getByRole('radio', { name: /^Planned/ }).check();
        await page.getByLabel('The old one works for').selectOption('until');
      },
      typed: { 'The old one works until': YESTERDAY },
      submit: 'Regenerate secret',
      wrong: ['The old one works until'],
    },
    'the end of an old secret': {
      path: `${client}/secrets`,
      open: (page) => page.getByRole('button', { name: 'Change its end' }).click(),
      typed: { 'It works until': YESTERDAY },
      submit: 'Save changes',
      wrong: ['It works until'],
    },
    'the deletion of an API client': {
      path: `${client}?delete`,
      typed: { Name: 'night job' },
      submit: 'Delete API client',
      wrong: ['Name'],
    },
    'the deletion of several': {
      path: `${path}/clients`,
      open: async (page) => {
        await page.getByRole('checkbox', { name: 'Choose Night job' }).check();
        await page.getByRole('group').getByRole('button', { name: 'Delete…' }).click();
      },
      typed: { Number: '7' },
      submit: 'Delete 1 API client',
      wrong: ['Number'],
    },
    'a new application': {
      path: `${path}/applications?create`,
      open: (page) => page.getByRole('dialog').getByText('More', { exact: true }).click(),
      typed: { Name: 'Kept', 'Allowed redirect URLs': `https://a.example/cb\n${NO_URL}`, Website: 'not a URL' },
      submit: 'Create application',
      wrong: ['Allowed redirect URLs', 'Website'],
    },
    'settings of an application': {
      path: `${path}/applications/${app}/settings`,
      typed: {
        Name: 'Kept',
        'Allowed redirect URLs': `https://a.example/cb\n${NO_URL}\nnowhere`,
        Website: 'not a URL',
      },
      submit: 'Save changes',
      wrong: ['Allowed redirect URLs', 'Website'],
    },
    'the deletion of an application': {
      path: `${path}/applications/${app}?delete`,
      typed: { 'Type “.*” to go on': 'another name' },
      submit: 'Delete application',
      wrong: ['Type “.*” to go on'],
    },
    'an invitation': {
      path: `${path}/members?invite`,
      typed: { Emails: 'good@acme.example not-an-address' },
      chosen: ['reader'],
      submit: 'Send invitations',
      wrong: ['Emails'],
    },
    'the credential policy': {
      path: `${path}/policy`,
      typed: { 'Longest life of a secret, in days': '0', 'Pause what is unused, after days': 'soon' },
      submit: 'Save changes',
      wrong: ['Longest life of a secret, in days', 'Pause what is unused, after days'],
    },
    'settings of an organization': {
      path: `${path}/settings`,
      typed: { Name: 'Kept', 'Contact email': 'not-an-address' },
      submit: 'Save changes',
      wrong: ['Contact email'],
    },
    'the deletion of an organization': {
      path: `${path}/settings?delete`,
      typed: { 'Type “.*” to go on': 'another name' },
      submit: 'Delete organization',
      wrong: ['Type “.*” to go on'],
    },
    'a new organization': {
      path: '/new-organization',
      typed: { Name: 'Kept', 'Contact email': 'not-an-address' },
      submit: 'Create organization',
      wrong: ['Contact email'],
    },
    'a new password': {
      path: '/account',
      typed: { 'Current password': PASSWORD, 'New password': 'short' },
      submit: 'Change password',
      wrong: ['New password'],
    },
  };
  return { forms, clientApi, client };
}

/** A form over something that others may change meanwhile. */
interface Edited {
  path: string;
  open?: (page: Page) => Promise<void>;
  /** Of the field that both change, and its name in the API. */
  label: string;
  field: string;
  /** What somebody types into it, each time something else. */
  typedBy: (who: 'Mine' | 'Theirs', round: number) => string;
  toSaved: (typed: string) => unknown;
  /** A field that only the person at the form changes. */
  also?: { label: string; field: string; typed: string[]; saved: unknown[] };
  /** What only others change. */
  elsewhere: Record<string, unknown>;
  /** What the button says. */
  save: string;
  change: (body: Record<string, unknown>) => Promise<unknown>;
  read: () => Promise<Record<string, unknown>>;
}

function editedIn(
  site: ConsoleSite,
  { owner, path, api, app }: ConsoleCompany,
  { client, clientApi }: { client: string; clientApi: string },
): Record<string, Edited> {
  const at = (what: string, method = 'PATCH') => ({
    save: 'Save changes',
    change: (body: Record<string, unknown>) => expectStatus(200, site.call(owner, `${method} ${what}`, body)),
    read: async () => (await site.call<Record<string, unknown>>(owner, what)).body,
  });
  const asTyped = {
    typedBy: (who: string, round: number) => `${who} ${round}`,
    toSaved: (typed: string) => typed,
  };
  const policy = at(`${api}/credential-policy/`, 'PUT');
  const readOld = async () => {
    const { body } = await site.call<{ results: Record<string, string>[] }>(owner, `${clientApi}secrets/`);
    const old = body.results.find(({ status }) => status === 'retiring');
    return { uuid: old?.uuid, expires_at: old?.expires_at, ...(await at(clientApi).read()), ...old };
  };
  return {
    'settings of an API client': {
      path: `${client}/settings`,
      ...{ label: 'Name', field: 'name', ...asTyped, elsewhere: { description: 'Theirs, too' }, ...at(clientApi) },
      also: {
        label: 'Allowed addresses',
        field: 'allowed_ips',
        typed: ['', '192.0.2.1', '192.0.2.2'],
        saved: [[], ['192.0.2.1'], ['192.0.2.2']],
      },
    },
    'redirect URLs of an API client': {
      path: `${client}/redirect-urls`,
      label: 'Of this API client',
      field: 'allowed_redirect_urls',
      typedBy: (who, round) => `https://${who.toLowerCase()}.example/${round}`,
      toSaved: (typed) => [typed],
      ...{ elsewhere: { description: 'Theirs once more' }, ...at(clientApi), save: 'Save redirect URLs' },
    },
    'the end of an old secret': {
      path: `${client}/secrets`,
      open: (page) => page.getByRole('button', { name: 'Change its end' }).click(),
      label: 'It works until',
      field: 'expires_at',
      typedBy: (who, round) => inDays((who === 'Mine' ? 2 : 10) + round),
      toSaved: (typed) => new Date(typed).toISOString(),
      elsewhere: { description: 'Theirs at last' },
      save: 'Save changes',
      async change({ expires_at: end, ...rest }) {
        await at(clientApi).change(rest);
        if (end !== undefined) await at(`${clientApi}secrets/${(await readOld()).uuid}/`).change({ expires_at: end });
      },
      read: readOld,
    },
    'settings of an application': {
      path: `${path}/applications/${app}/settings`,
      ...{ label: 'Description', field: 'description', ...asTyped },
      ...{ elsewhere: { terms_url: 'https://theirs.example/' }, ...at(`${api}/applications/${app}/`) },
      also: {
        label: 'Website',
        field: 'website_url',
        typed: ['', 'https://mine.example/1', 'https://mine.example/2'],
        saved: ['', 'https://mine.example/1', 'https://mine.example/2'],
      },
    },
    'settings of an organization': {
      path: `${path}/settings`,
      ...{ label: 'Name', field: 'name', ...asTyped },
      ...{ elsewhere: { contact_email: 'theirs@acme.example' }, ...at(`${api}/`) },
    },
    'the credential policy': {
      path: `${path}/policy`,
      label: 'Longest life of a secret, in days',
      field: 'max_secret_lifetime_days',
      typedBy: (who, round) => String((who === 'Mine' ? 200 : 300) + round),
      ...{ toSaved: Number, elsewhere: { max_overlap_seconds: 86_400 }, ...policy },
      // What is left out of it would demand nothing.
      change: async (body) => policy.change({ ...body, unused_pause_days: (await policy.read()).unused_pause_days }),
      also: {
        label: 'Pause what is unused, after days',
        field: 'unused_pause_days',
        typed: ['', '91', '92'],
        saved: [null, 91, 92],
      },
    },
  };
}

/** As a field for a moment has it, where the person is. */
function inDays(days: number): string {
  const moment = new Date(Date.now() + days * 86_400_000);
  return new Date(moment.getTime() - moment.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

void t.test('every form of the console', { skip: withoutBrowser }, async (t) => {
  const site = await openConsole();
  const company = await makeConsoleCompany(site);
  const { owner, path } = company;
  const { forms, client, clientApi } = await formsOf(site, company);
  const window = await site.open();
  const { page } = window;
  await window.logIn(owner, `${path}/members`);

  for (const [name, { path, open, typed, chosen = [], submit, wrong }] of Object.entries(forms)) {
    await t.test(`${name}: a fault is announced, leads to its field, and nothing that was typed is lost`, async (t) => {
      await window.goTo(path);
      await page.getByRole('heading', { level: 1 }).waitFor();
      await open?.(page);
      const scope = await scopeOf(page);
      await type(scope, typed);
      for (const option of chosen) {
        const named = { name: new RegExp(`^${option}`) };
        await scope.getByRole('radio', named).or(scope.getByRole('checkbox', named)).check();
      }
      await scope.getByRole('button', { name: submit, exact: true }).click();
      const alert = scope.getByRole('alert').filter({ hasText: /needs? a change/ });
      await alert.waitFor();
      t.match(await page.evaluate('document.activeElement.className'), 'form-problems', 'it has the focus');
      for (const label of wrong) {
        const field = fieldOf(scope, label);
        t.equal(await field.getAttribute('aria-invalid'), 'true', label);
        const faults = page.locator(`[id="${(await field.getAttribute('id')) ?? ''}-faults"]`);
        t.match(await faults.innerText(), /\w/, `${label}: what is wrong stands beside it`);
        await alert
          .getByRole('link', { name: new RegExp(`^${label}`) })
          .first()
          .click();
        t.equal(await field.and(page.locator(':focus')).count(), 1, `${label}: the link leads there`);
      }
      t.equal(await scope.locator('[aria-invalid]').count(), wrong.length, 'and nothing else is marked');
      for (const [label, value] of Object.entries(typed))
        t.equal(await fieldOf(scope, label).inputValue(), value, label);
      for (const option of chosen) {
        const named = { name: new RegExp(`^${option}`) };
        t.ok(await scope.getByRole('radio', named).or(scope.getByRole('checkbox', named)).isChecked(), option);
      }
    });
  }

  for (const [name, edited] of Object.entries(editedIn(site, company, { client, clientApi }))) {
    const { path, label, field, typedBy, toSaved, also, elsewhere, save, change, read } = edited;
    const open = async (): Promise<Locator> => {
      await window.goTo(path);
      await page.getByRole('heading', { level: 1 }).waitFor();
      await edited.open?.(page);
      return scopeOf(page);
    };
    const press = (scope: Locator) => scope.getByRole('button', { name: save, exact: true }).click();
    const isSaved = () =>
      page
        .getByText(/(was|are) saved\.|^The old secret works until/)
        .first()
        .waitFor();
    const conflict = page.getByRole('alert').filter({ hasText: 'Somebody else changed this meanwhile' });
    const alsoTyped = (round: number): Typed => (also === undefined ? {} : { [also.label]: also.typed[round] ?? '' });
    const alsoSaved = (round: number) => also !== undefined && { [also.field]: also.saved[round] };

    await t.test(`${name}: what others change beside it asks nothing, and both stand`, async (t) => {
      const scope = await open();
      await type(scope, { [label]: typedBy('Mine', 0) });
      await change(elsewhere);
      await press(scope);
      await isSaved();
      t.equal(await conflict.count(), 0);
      t.match(await read(), { ...elsewhere, [field]: toSaved(typedBy('Mine', 0)) });
    });

    for (const [round, button] of (['', 'Save mine', 'Take theirs'] as const).entries()) {
      if (button === '') continue;
      await t.test(`${name}: where both changed a field, that one is shown, and ${button} does so`, async (t) => {
        const scope = await open();
        const [mine, theirs] = [typedBy('Mine', round), typedBy('Theirs', round)];
        await type(scope, { ...alsoTyped(round), [label]: mine });
        await change({ ...elsewhere, [field]: toSaved(theirs) });
        await press(scope);
        await conflict.waitFor();
        t.same(await conflict.locator('dt').allInnerTexts(), [label], 'that one, and no other');
        t.equal(await fieldOf(scope, label).inputValue(), mine, 'what was typed is there');
        await conflict.getByRole('button', { name: button }).click();
        await conflict.waitFor({ state: 'detached' });
        if (button === 'Take theirs') {
          t.equal(await fieldOf(scope, label).inputValue(), theirs);
          if (also !== undefined) {
            t.equal(await fieldOf(scope, also.label).inputValue(), also.typed[round], 'the rest is still mine');
            await press(scope);
          }
        }
        if (button === 'Save mine' || also !== undefined) await isSaved();
        t.match(await read(), {
          ...elsewhere,
          ...alsoSaved(round),
          [field]: toSaved(button === 'Save mine' ? mine : theirs),
        });
      });
    }
  }
  await t.test('a new API client: what the policy demands of its environment is unfolded', async (t) => {
    await expectStatus(
      200,
      site.call(owner, `PUT ${company.api}/credential-policy/`, { expiry_required_for: ['live'] }),
    );
    await window.goTo(`${path}/clients?create`);
    const ends = page.getByRole('dialog').getByLabel('Ends', { exact: true });
    await page.getByText('API clients for live must have an end.').waitFor();
    await page.getByRole('radio', { name: /^Staging/ }).check();
    t.notOk(await ends.isVisible());
    await page.getByRole('radio', { name: /^Live/ }).check();
    await ends.waitFor();
  });
  t.same(window.violations, []);
  await window.context.close();
});
