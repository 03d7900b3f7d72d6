// Remakes the pictures of the console in docs/console/. With `--all DIR [WORD]` it puts every screen and state that there is,
// or those whose name holds the word, into a directory: each as one picture, at both widths and in both themes.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Page } from 'playwright-core';
import { shotsOf } from './console-company.ts';
import type { Shot } from './console-company.ts';
import { setStage } from './console-stage.ts';
import type { Stage } from './console-stage.ts';
import { statesOf } from './console-states.ts';

const WIDE = { width: 1280, height: 860 };
const NARROW = { width: 390, height: 844 };
const SHEET_HEIGHT = 2 * WIDE.height;
const IDLE_MS = 5_000;
const themes = ['light', 'dark'] as const;

const { values: options, positionals } = parseArgs({ options: { all: { type: 'string' } }, allowPositionals: true });
const endings: (() => Promise<void>)[] = [];
try {
  const stage = await setStage({ teardown: (end) => endings.push(end) });
  if (options.all === undefined) await takePictures(stage);
  else await takeSheets(stage, { dir: options.all, word: positionals[0] ?? '' });
} finally {
  for (const end of endings.reverse()) await end();
}

async function takePictures(stage: Stage): Promise<void> {
  const dir = join(import.meta.dirname, '..', 'docs', 'console');
  await mkdir(dir, { recursive: true });
  for (const colorScheme of themes) {
    const page = await stage.open(stage.ada, { viewport: { width: 1180, height: 740 }, colorScheme });
    for (const shot of shotsOf(stage.ada.organizationId, stage.clientIds)) {
      await show(page, stage.origin, shot);
      await page.screenshot({ path: join(dir, `${shot.name}-${colorScheme}.png`), animations: 'disabled' });
    }
    await page.context().close();
  }
}

async function takeSheets(stage: Stage, { dir, word }: { dir: string; word: string }): Promise<void> {
  await mkdir(dir, { recursive: true });
  const sheet = await stage.browser.newPage({
    viewport: { width: WIDE.width + 2 * NARROW.width, height: SHEET_HEIGHT },
  });
  const pages = new Map<string, Page>();
  for (const state of await statesOf(stage)) {
    if (!state.name.includes(word)) continue;
    const who = state.isAlone === true ? state.name : (state.as?.email ?? 'nobody');
    const page = pages.get(who) ?? (await stage.open(state.as, { viewport: WIDE }));
    pages.set(who, page);
    try {
      await page.setViewportSize(WIDE);
      await page.emulateMedia({ colorScheme: 'light' });
      await state.before?.(page);
      await show(page, stage.origin, state);
    } catch (err) {
      process.stderr.write(`${state.name}: ${String(err).split('\n')[0]}\n`);
    }
    await sheet.setContent(sheetOf(await lookFourWays(page)));
    await writeFile(join(dir, `${state.name}.png`), await sheet.screenshot());
    await page.unrouteAll({ behavior: 'ignoreErrors' });
    // What asks before it is left is left all the same.
    await page.goto('about:blank').catch(() => undefined);
    if (state.isAlone === true) await page.context().close();
  }
}

/** At both widths in both themes; what is folded on a narrow screen stays so. */
async function lookFourWays(page: Page): Promise<string[]> {
  const pictures: string[] = [];
  for (const viewport of [WIDE, NARROW]) {
    for (const colorScheme of themes) {
      await page.setViewportSize(viewport);
      await page.emulateMedia({ colorScheme });
      const isDialog = (await page.locator('dialog[open]').count()) > 0;
      const picture = await page.screenshot({
        animations: 'disabled',
        ...(viewport === NARROW && !isDialog && { fullPage: true }),
      });
      pictures.push(picture.toString('base64'));
    }
  }
  return pictures;
}

function sheetOf(pictures: readonly string[]): string {
  const images = pictures.map((picture) => `<div><img src="data:image/png;base64,${picture}"></div>`);
  return `<style>
    body { margin: 0; display: grid; grid-template: repeat(2, ${WIDE.height}px) / ${WIDE.width}px repeat(2, ${NARROW.width}px); background: #888 }
    div { overflow: hidden } div:nth-child(n+3) { grid-row: 1 / 3 } div:nth-child(3) { grid-column: 2 } div:nth-child(4) { grid-column: 3 }
    div:nth-child(2) { grid-row: 2; grid-column: 1 } img { display: block }
  </style>${images.join('')}`;
}

async function show(page: Page, origin: string, { path, act }: Shot): Promise<void> {
  await page.goto(`${origin}/console${path}`);
  await page.locator('h1, [role=alert]').first().waitFor();
  // Some wait for an answer that does not come.
  await page.waitForLoadState('networkidle', { timeout: IDLE_MS }).catch(() => undefined);
  await act?.(page);
}
