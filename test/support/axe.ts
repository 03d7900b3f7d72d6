import axe from 'axe-core';
import type { AxeResults } from 'axe-core';
import type { Page } from 'playwright-core';
import type { Test } from 'tap';

const HEIGHT = 800;

/** A window and a theme. Contrast follows from the theme; what fits, and what is shown at all, from the width. */
interface Look {
  width: number;
  colorScheme: 'light' | 'dark';
}

/** Both widths and both themes, each once. */
const usualLooks: Look[] = [
  { width: 1280, colorScheme: 'light' },
  { width: 320, colorScheme: 'dark' },
];

/** For one screen of each kind: a colour may also depend on the width. */
const allLooks: Look[] = [...usualLooks, { width: 1280, colorScheme: 'dark' }, { width: 320, colorScheme: 'light' }];

/** Asserts that a page as it is has no barriers and is not wider than the window. `ofItsKind` has it looked at in every way. */
export async function checkScreen(t: Test, page: Page, { ofItsKind = false } = {}): Promise<void> {
  const before = page.viewportSize();
  for (const { width, colorScheme } of ofItsKind ? allLooks : usualLooks) {
    const look = `${new URL(page.url()).pathname}, ${await page.title()}, ${width} px, ${colorScheme}`;
    await page.setViewportSize({ width, height: HEIGHT });
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    t.same(await findBarriers(page), [], look);
    t.equal(await measureOverflow(page), 0, `${look}, sideways`);
  }
  if (before !== null) await page.setViewportSize(before);
}

const options = {
  runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
  // Of what passes nothing is looked at more closely.
  resultTypes: ['violations'],
};

/** What stands against WCAG 2.2 AA on a page as it is, by rule and place. */
async function findBarriers(page: Page): Promise<string[]> {
  // Once for each document; it has no frames.
  if (!(await page.evaluate('"axe" in window'))) await page.evaluate(axe.source);
  const { violations } = await page.evaluate<AxeResults>(`axe.run(document, ${JSON.stringify(options)})`);
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(({ target, failureSummary }) => `${id} at ${target.join(' ')}: ${failureSummary ?? ''}`),
  );
}

/** How far a page goes beyond the window, sideways. */
function measureOverflow(page: Page): Promise<number> {
  return page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth');
}
