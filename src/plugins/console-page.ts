import { readdir, readFile } from 'node:fs/promises';
import { isAbsolute, join, relative, sep } from 'node:path';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import fp from 'fastify-plugin';
import { AppError } from '../errors.ts';
import { sendFixed } from '../http/fixed-content.ts';
import { releaseDir } from '../version.ts';
import { consoleCookieOf } from '../rules/console-cookie.ts';
import type { Config } from '../settings/config.ts';
import { refuseOtherMethods } from './method-not-allowed.ts';
import { perAddress } from './rate-limit.ts';

/** Where the page is; it is built for this path. */
export const CONSOLE_PATH = '/console/';

/** Where `npm run build` puts it. */
export const builtConsole = join(releaseDir, 'dist', 'console');

const PAGE = 'index.html';
/** Their names hold a hash of what is in them. */
const ASSETS = 'assets/';
const ASSETS_MAX_AGE_SECONDS = 31_536_000;
/** An office behind one address that opens the page at the same time. */
const REQUESTS_PER_MINUTE = 600;

export interface ConsolePageOptions {
  /** The built page. */
  dir: string;
  /** What the page has to know of the deployment before anybody is logged in. */
  deployment: ConsoleDeployment;
}

export interface ConsoleDeployment {
  /**
   * Where mails lie as files, as seen from where the service was started; null where they are sent, or nobody is to be told.
   */
  outbox: string | null;
  /** Whether nobody can log in, because the service is reached over `http://`. */
  needs_https: boolean;
  /** The issuer whose people alone come in; null where people log in here. */
  trusted_issuer: string | null;
}

type DeploymentConfig = Pick<
  Config,
  'dataDir' | 'isProduction' | 'isTrustedOnly' | 'publicUrl' | 'smtpUrl' | 'trustedIssuer'
>;

/** What the page may tell anybody who opens it. */
export function describeDeployment(config: DeploymentConfig): ConsoleDeployment {
  const { dataDir, isProduction, isTrustedOnly, publicUrl, smtpUrl, trustedIssuer } = config;
  return {
    outbox: isProduction || smtpUrl !== undefined ? null : placeOf(dataDir, 'outbox'),
    needs_https: consoleCookieOf(publicUrl) === null,
    trusted_issuer: isTrustedOnly ? (trustedIssuer?.issuer ?? null) : null,
  };
}

/** A place below the data directory. Where in the file system that is, is nobody's business who opens a page. */
function placeOf(dataDir: string, name: string): string {
  const path = relative('.', join(dataDir, name));
  return path.startsWith('..') || isAbsolute(path) ? `$LATCHKEY_DATA_DIR/${name}` : path;
}

/**
 * Serves the console's page: its assets for ever, itself anew each time, and itself to every navigation below its path, as
 * the page's own routes are there. Only what was there at the start is served; a path of a request never leads into the file
 * system. Where the page has not been built, there is none. Registered before `methodNotAllowed`.
 */
export const consolePage = fp<ConsolePageOptions>(
  async (app, options) => {
    const names = await listFiles(options.dir);
    if (!names.has(PAGE)) {
      app.log.warn(`There is no console: ${options.dir} has no ${PAGE}. npm run build makes it.`);
      return;
    }
    await app.register(async (page) => servePage(page, options, names));
  },
  { name: 'console-page', dependencies: ['access', 'rate-limit', 'security-headers'] },
);

async function servePage(app: FastifyInstance, { dir, deployment }: ConsolePageOptions, names: Set<string>) {
  const sendPage = sendFixed({
    type: 'text/html; charset=utf-8',
    make: await readFile(join(dir, PAGE)).then((bytes) => () => bytes),
    headers,
    // The next build has other assets: whoever has the page asks whether it is still this one.
    cacheControl: 'no-cache',
  });
  await app.register(fastifyStatic, {
    root: dir,
    serve: false,
    preCompressed: true,
    cacheControl: false,
    // What is sent is compressed, and small.
    acceptRanges: false,
  });
  const sendFile = (reply: FastifyReply, name: string, cacheControl: string) =>
    reply.headers({ ...headers, 'cache-control': cacheControl }).sendFile(name);

  serve(app, '/', async (_request, reply) => reply.redirect(CONSOLE_PATH));
  serve(app, CONSOLE_PATH, sendPage);
  serve(app, `${CONSOLE_PATH}deployment.json`, async (_request, reply) => reply.headers(headers).send(deployment));
  serve(app, `${CONSOLE_PATH}${ASSETS}*`, async (request, reply) => {
    const name = `${ASSETS}${restOf(request)}`;
    // Never the page: a browser would take it for the script of the build before.
    if (!names.has(name)) throw new AppError('not_found');
    return sendFile(reply, name, `public, max-age=${ASSETS_MAX_AGE_SECONDS}, immutable`);
  });
  serve(app, `${CONSOLE_PATH}*`, async (request, reply) => {
    const name = restOf(request);
    if (name !== PAGE && !name.includes('/') && names.has(name)) return sendFile(reply, name, 'no-cache');
    if (name === PAGE || isNavigation(request)) return sendPage(request, reply);
    throw new AppError('not_found');
  });
}

function serve(
  app: FastifyInstance,
  url: string,
  handler: (request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply>,
): void {
  const config = { access: 'public' as const, rateLimit: perAddress(REQUESTS_PER_MINUTE, 'minute') };
  app.get(url, { config, schema: { hide: true } }, handler);
  refuseOtherMethods(app, url, ['GET', 'HEAD']);
}

/** What the wildcard of a route stands for, decoded. */
function restOf({ params }: FastifyRequest): string {
  return (params as { '*': string })['*'];
}

/** Somebody who goes there, and no script, image or program that asks for something. */
function isNavigation({ headers: { accept = '', ...sent } }: FastifyRequest): boolean {
  const mode = sent['sec-fetch-mode'];
  // Browsers say it over HTTPS and on this machine.
  return mode === undefined ? accept.includes('text/html') : mode === 'navigate';
}

/** Everything below a folder but what is hidden, with `/`; compressed ones are another form of what stands beside them. */
async function listFiles(dir: string): Promise<Set<string>> {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true }).catch((err: unknown) => {
    if (err instanceof Error && 'code' in err && err.code === 'ENOENT') return [];
    throw err;
  });
  const names = entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => relative(dir, join(parentPath, name)).replaceAll(sep, '/'));
  return new Set(names.filter((name) => !/(?:^|\/)\.|\.(?:br|gz)$/.test(name)));
}

/** The page runs what it brings, and speaks to its own origin. No text becomes markup or script (Trusted Types). */
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ');

/** What browsers let a page use that does not say otherwise, or ask people about. */
const withheld = [
  'accelerometer',
  'camera',
  'display-capture',
  'fullscreen',
  'geolocation',
  'gyroscope',
  'hid',
  'magnetometer',
  'microphone',
  'midi',
  'payment',
  'screen-wake-lock',
  'serial',
  'usb',
];

const headers = {
  'content-security-policy': policy,
  'cross-origin-opener-policy': 'same-origin',
  // Whoever may call the API from another origin still has nothing to embed here.
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': [...withheld.map((feature) => `${feature}=()`), 'clipboard-write=(self)'].join(', '),
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
};
