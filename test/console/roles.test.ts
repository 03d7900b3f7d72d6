import t from 'tap';
import type { Role } from '../../src/db/tables/organizations.ts';
import { withoutBrowser } from '../support/browser.ts';
import { addMemberOf, makeConsoleCompany, setRole } from '../support/console-company.ts';
import type { ConsoleCompany } from '../support/console-company.ts';
import { openConsole } from '../support/console-page.ts';
import type { ConsoleSite, ConsoleWindow } from '../support/console-page.ts';
import { expectStatus } from '../support/service-user.ts';

const everybody: Role[] = ['owner', 'admin', 'developer', 'reader'];
const developers: Role[] = ['owner', 'admin', 'developer'];
const admins: Role[] = ['owner', 'admin'];
const owners: Role[] = ['owner'];

/** Who is offered what, screen by screen; a name stands for every button that begins with it. */
type Offers = Record<string, Role[]>;

interface Screen {
  path: (place: Place) => string;
  offers: Offers;
  /** Whoever has no right to the screen is told so. */
  seenBy?: Role[];
}

interface Place {
  company: ConsoleCompany;
  clientId: string;
}

const screens: Record<string, Screen> = {
  'API clients': {
    path: () => '/clients',
    offers: { 'New API client': developers, Filters: everybody },
  },
  'an API client': {
    path: ({ clientId }) => `/clients/${clientId}`,
    offers: { Pause: developers, 'Regenerate…': developers, 'Delete…': developers },
  },
  'a primary client': {
    path: ({ company }) => `/clients/${company.owner.clientId}`,
    offers: { Pause: admins, 'Regenerate…': admins },
  },
  applications: { path: () => '/applications', offers: { 'New application': admins } },
  'an application': {
    path: ({ company }) => `/applications/${company.app}`,
    offers: { 'Delete application…': admins },
  },
  'settings of an application': {
    path: ({ company }) => `/applications/${company.app}/settings`,
    offers: { 'Delete application…': admins, 'Save changes': admins },
    seenBy: admins,
  },
  'API clients of an application': {
    path: ({ company }) => `/applications/${company.app}/clients`,
    offers: { 'Delete application…': admins, 'Show in API clients': everybody },
  },
  'best practices': { path: () => '/best-practices', offers: {} },
  members: {
    path: () => '/members',
    offers: {
      'Invite members': admins,
      // The last owner can neither leave nor be removed.
      'Leave…': ['admin', 'developer', 'reader'],
      'Remove…': admins,
      'Send again': admins,
      'Withdraw…': admins,
    },
  },
  'credential policy': { path: () => '/policy', offers: { 'Save changes': owners } },
  'audit log': {
    path: () => '/audit',
    offers: { 'Export as NDJSON': admins, 'Verify the chain': admins },
    seenBy: admins,
  },
  settings: {
    path: () => '/settings',
    offers: { 'Save changes': admins, 'Delete organization…': owners },
    seenBy: admins,
  },
};

/** The names of the buttons of a screen, without those that copy, each once. */
async function readButtons({ page }: ConsoleWindow): Promise<string[]> {
  const names = await page.locator('main .button:visible').allInnerTexts();
  const buttons = names.map((name) => name.split('\n')[0]?.replace(/… .*/, '…').trim() ?? '');
  return [...new Set(buttons.filter((name) => name !== 'Copy'))].sort();
}

async function prepare(site: ConsoleSite): Promise<Place> {
  const company = await makeConsoleCompany(site);
  const { owner, api } = company;
  const made = await expectStatus(
    201,
    site.call<{ client_id: string }>(owner, `${api}/api-clients/`, {
      name: 'Night job',
      environment: 'staging',
      permissions: ['api.read'],
    }),
  );
  const invitation = { emails: ['colleague@acme.example'], role: 'developer' };
  await expectStatus(200, site.call(owner, `${api}/members/invite/`, invitation));
  return { company, clientId: made.body.client_id };
}

void t.test('what a role is shown', { skip: withoutBrowser }, async (t) => {
  const site = await openConsole();
  const place = await prepare(site);
  const { company } = place;

  for (const role of everybody) {
    await t.test(`${role}: exactly the buttons of the role on every screen`, async (t) => {
      const window = await site.open();
      await window.logIn(company[role], `${company.path}/members`);
      for (const [name, { path, offers, seenBy = everybody }] of Object.entries(screens)) {
        await window.goTo(company.path + path(place));
        await window.page.locator('main h1').waitFor();
        await window.page.waitForLoadState('networkidle');
        const expected = Object.keys(offers).filter((button) => offers[button]?.includes(role));
        t.same(await readButtons(window), expected.sort(), name);
        const refusal = window.page.getByRole('heading', { name: 'Your role does not allow this' });
        t.equal(await refusal.isVisible(), !seenBy.includes(role), `${name}, by its URL`);
      }
      await window.context.close();
    });
  }

  await t.test('whose role is lowered meanwhile is told so, and keeps no button that does nothing', async (t) => {
    const window = await site.open();
    const { page } = window;
    const { email } = company.admin;
    await window.logIn({ email }, `${company.path}/applications`);
    await page.getByRole('link', { name: 'New application' }).click();
    await setRole(site, company.organizationId, { email, role: 'reader' });
    await page.getByRole('button', { name: 'Create application' }).click();
    await page.getByText('Your role is now reader.').first().waitFor();
    t.same(await readButtons(window), [], 'what was offered before is gone');
    const entries = await page.getByRole('navigation', { name: 'Main' }).getByRole('link').allInnerTexts();
    t.notOk(entries.includes('Audit log') || entries.includes('Settings'), 'the navigation is that of the role');
    await setRole(site, company.organizationId, { email, role: 'admin' });
    await window.context.close();
  });

  await t.test('another organization’s URLs are the not-found state, whatever is behind them', async (t) => {
    const stranger = await site.signUp();
    const window = await site.open();
    await window.logIn(stranger, `/o/${stranger.organizationId}/clients`);
    const own = `/o/${stranger.organizationId}`;
    const paths = Object.values(screens).map(({ path }) => company.path + path(place));
    // An object of somebody else below an organization of one’s own.
    paths.push(`${own}/applications/${company.app}`, `${own}/clients/${place.clientId}`);
    for (const path of paths) {
      await window.goTo(path);
      await window.page.getByRole('heading', { name: 'Not here, or not yours' }).waitFor();
      t.notMatch(await window.page.locator('body').innerText(), /Night job/, path);
    }
    await window.context.close();
  });

  await t.test('an admin is offered nothing about owners, and the last owner’s role says why it stays', async (t) => {
    const other = await site.signUp();
    const window = await site.open();
    const { page } = window;
    await window.logIn(company.owner, `${company.path}/members`);
    const row = (email: string) => page.getByRole('row').filter({ hasText: email });
    await row(company.owner.email).getByText('The last owner stays').waitFor();
    t.equal(await row(company.owner.email).getByRole('combobox').count(), 0, 'text');
    await addMemberOf(site, company.organizationId, { email: other.email, role: 'owner' });
    await page.reload();
    await row(other.email).getByRole('combobox').waitFor();
    t.equal(await row(company.owner.email).getByRole('combobox').count(), 1, 'one of two can be changed');
    await window.context.close();

    const admins = await site.open();
    await admins.logIn(company.admin, `${company.path}/members`);
    const ownersRow = admins.page.getByRole('row').filter({ hasText: other.email });
    await ownersRow.waitFor();
    t.equal(await ownersRow.locator('.button, select').count(), 0);
    const offered = await admins.page
      .getByRole('combobox', { name: `Role of ${company.reader.email}` })
      .locator('option')
      .allInnerTexts();
    t.same(offered, ['admin', 'developer', 'reader'], 'an admin makes no owner');
    await admins.context.close();
  });
});
