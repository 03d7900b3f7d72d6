import type { Browser as Chromium, BrowserContext, BrowserContextOptions } from 'playwright-core';
import { launchBrowser, watchPage } from './browser.ts';
import type { Browser } from './browser.ts';
import { makeDeployment } from './deployment.ts';
import type { Deployment } from './deployment.ts';
import { query } from './embedded-service.ts';
import { makeEmail, PASSWORD } from './factories.ts';
import { findBundle } from './run-files.ts';
import { call } from './service-process.ts';
import type { Answer, CallOptions, Service } from './service-process.ts';
import { signUp } from './service-user.ts';
import type { ServiceUser } from './service-user.ts';
import { findFreePort } from './free-port.ts';

interface Teardown {
  teardown(handler: () => Promise<void>): unknown;
}

/** The built service with the built page, and a browser. */
export interface ConsoleSite {
  /** Where the page is, without `/console/`: `http://localhost:…`. */
  origin: string;
  service: Service;
  deployment: Deployment;
  browser: Chromium;
  /** Registers a person, who owns an organization. */
  signUp: (email?: string) => Promise<ServiceUser>;
  /** Sends a request to the API as somebody with a token. */
  call: <Body>(user: Pick<ServiceUser, 'token'>, what: string, body?: object) => Promise<Answer<Body>>;
  /** A statement in the database of the service. */
  sql: (statement: string) => Promise<Record<string, unknown>[]>;
  /** Opens a window of its own, with cookies of its own. */
  open: (options?: BrowserContextOptions) => Promise<ConsoleWindow>;
}

/** Somebody in front of the console. */
export interface ConsoleWindow extends Browser {
  context: BrowserContext;
  /** What the page’s security policy forbade. */
  violations: string[];
  /** Goes to a path below `/console`. */
  goTo: (path: string) => Promise<void>;
  /** Logs in by the form, and waits for the page behind it. */
  logIn: (user: Pick<ServiceUser, 'email'>, path?: string) => Promise<void>;
}

let shared: Promise<ConsoleSite> | undefined;

/**
 * One deployment with the built page, and a browser. The test files of a bundle share them: whoever logs in has a window
 * and an organization of their own.
 */
export function openConsole(): Promise<ConsoleSite> {
  shared ??= startConsole(findBundle());
  return shared;
}

/** Starts one deployment with the built page, and a browser; ended with the test. */
async function startConsole(t: Teardown): Promise<ConsoleSite> {
  const deployment = await makeDeployment(t);
  const port = await findFreePort();
  const origin = `http://localhost:${port}`;
  const service = deployment.launch({ ...deployment.env, PORT: String(port), PUBLIC_URL: origin });
  t.teardown(async () => {
    shared = undefined;
  });
  await service.listening();
  const browser = await launchBrowser(t);
  return {
    origin,
    service,
    deployment,
    browser,
    signUp: (email = makeEmail()) => signUp(origin, deployment.smtp, email),
    call: <Body>({ token }: Pick<ServiceUser, 'token'>, what: string, body?: object) => {
      const options: CallOptions = { token, ...(body !== undefined && { body }) };
      return call<Body>(origin, what, options);
    },
    sql: (statement) => query(deployment.databaseUrl, statement),
    open: (options = {}) => openWindow(browser, origin, options),
  };
}

/** Runs in the page. */
const NOTE_VIOLATIONS = `document.addEventListener('securitypolicyviolation', (violation) => {
  noteViolation([violation.violatedDirective, violation.blockedURI, violation.sample].join(' '));
});`;

/** Opens a window of its own, on the page of a service that is reached at `origin`. */
export async function openWindow(
  browser: Chromium,
  origin: string,
  options: BrowserContextOptions = {},
): Promise<ConsoleWindow> {
  // Movement is painted frame by frame, and nothing waits for its end.
  const context = await browser.newContext({
    ...{ viewport: { width: 1280, height: 900 }, reducedMotion: 'reduce' as const },
    ...options,
  });
  const watched = watchPage(await context.newPage());
  const { page } = watched;
  const violations: string[] = [];
  await context.exposeFunction('noteViolation', (text: string) => violations.push(text));
  await context.addInitScript({ content: NOTE_VIOLATIONS });
  const goTo = async (path: string): Promise<void> => {
    await page.goto(`${origin}/console${path}`);
  };
  return {
    ...watched,
    context,
    violations,
    goTo,
    async logIn({ email }, path = '/') {
      await goTo(path);
      await page.getByLabel('Email').fill(email);
      await page.getByLabel('Password').fill(PASSWORD);
      await page.getByRole('button', { name: 'Log in' }).click();
      await page.getByRole('banner').waitFor();
    },
  };
}
