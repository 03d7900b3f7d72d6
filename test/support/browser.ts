import { existsSync } from 'node:fs';
import { chromium } from 'playwright-core';
import type { Browser as Chromium, Page } from 'playwright-core';
import type { Test } from 'tap';

/** Debian's packages of it: the one without windows takes half as long for the same pages. */
const installed = ['/usr/bin/chromium-headless-shell', '/usr/bin/chromium'].find((path) => existsSync(path));
const BROWSER_DEADLINE_MS = 60_000;

/** Why a test cannot run here: only outside CI may the browser be missing. */
export const withoutBrowser =
  installed !== undefined || process.env.CI !== undefined
    ? false
    : 'Chromium is not installed: apt-get install chromium-headless-shell';

export interface Browser {
  page: Page;
  /** Errors and warnings of the console, and requests that failed. */
  complaints: string[];
  /** Where requests went. */
  origins: Set<string>;
}

/** A page in a real browser, closed with the test. */
export async function openBrowser(t: Pick<Test, 'teardown'>): Promise<Browser> {
  const browser = await launchBrowser(t);
  return watchPage(await (await browser.newContext()).newPage());
}

/** Starts a real browser, closed with the test. */
export async function launchBrowser(t: Pick<Test, 'teardown'>): Promise<Chromium> {
  const browser = await chromium.launch({
    executablePath: installed ?? 'chromium-headless-shell',
    headless: true,
    timeout: BROWSER_DEADLINE_MS,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      // A page is opened anew for nearly every test, so that no code runs often enough for its optimizing to pay. Without any
      // compiling, Swagger UI takes a third more.
      '--js-flags=--no-opt --no-maglev',
      // Names of no host, for a service that is reached by a name.
      '--host-resolver-rules=MAP *.acme.example 127.0.0.1',
    ],
  });
  t.teardown(async () => browser.close());
  return browser;
}

/** Notes what a page complains of, and whom it asks. */
export function watchPage(page: Page): Browser {
  page.setDefaultTimeout(BROWSER_DEADLINE_MS);
  const complaints: string[] = [];
  const origins = new Set<string>();
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
  });
  page.on('pageerror', (err) => complaints.push(err.message));
  page.on('request', (request) => {
    if (!request.url().startsWith('data:')) origins.add(new URL(request.url()).origin);
  });
  page.on('requestfailed', (request) => {
    const reason = request.failure()?.errorText ?? '';
    // What a page was still waiting for when it went on, it has given up itself.
    if (reason !== 'net::ERR_ABORTED') complaints.push(`${request.url()} ${reason}`);
  });
  return { page, complaints, origins };
}
