import type { Locator } from 'playwright-core';
import t from 'tap';
import { withoutBrowser } from '../support/browser.ts';
import { makeConsoleCompany } from '../support/console-company.ts';
import { editedIn, fieldOf, formsOf, scopeOf, typeInto } from '../support/console-forms.ts';
import type { Typed } from '../support/console-forms.ts';
import { openConsole } from '../support/console-page.ts';
import { expectStatus } from '../support/service-user.ts';

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
      await typeInto(scope, typed);
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
      await typeInto(scope, { [label]: typedBy('Mine', 0) });
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
        await typeInto(scope, { ...alsoTyped(round), [label]: mine });
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
