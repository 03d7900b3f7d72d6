import type { Locator, Page } from 'playwright-core';
import type { ConsoleCompany } from './console-company.ts';
import type { ConsoleSite } from './console-page.ts';
import { PASSWORD } from './factories.ts';
import { expectStatus } from './service-user.ts';

/** What is typed into fields, by their labels. */
export type Typed = Record<string, string>;

/** A form, with something wrong in it. */
export interface Form {
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

const STARTED = Date.now();
const YESTERDAY = new Date(STARTED - 86_400_000).toISOString().slice(0, 16);
const NO_URL = 'http://acme.example/callback';

/** The form that is shown: that of the dialog, if there is one. */
export async function scopeOf(page: Page): Promise<Locator> {
  const dialog = page.getByRole('dialog');
  return (await dialog.count()) > 0 ? dialog.last() : page.getByRole('main').or(page.locator('#root')).first();
}

export function fieldOf(scope: Locator, label: string): Locator {
  return scope.getByLabel(new RegExp(`^\\s*${label}\\s*(optional)?\\s*$`));
}

export async function typeInto(scope: Locator, typed: Typed): Promise<void> {
  for (const [label, value] of Object.entries(typed)) await fieldOf(scope, label).fill(value);
}

/** All forms of somebody who is logged in but those of the second factor, which are looked at where that is set up. */
export async function formsOf(site: ConsoleSite, { owner, path, api, app }: ConsoleCompany) {
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
      typed: { 'Longest life of a secret, in days': '0', 'Days without use before a pause': 'soon' },
      submit: 'Save changes',
      wrong: ['Longest life of a secret, in days', 'Days without use before a pause'],
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
export interface Edited {
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

export function editedIn(
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
        label: 'Days without use before a pause',
        field: 'unused_pause_days',
        typed: ['', '91', '92'],
        saved: [null, 91, 92],
      },
    },
  };
}

/** As a field for a moment has it, where the person is; the same however often it is asked for. */
function inDays(days: number): string {
  const moment = new Date(STARTED + days * 86_400_000);
  return new Date(moment.getTime() - moment.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}
