import type { FastifyRequest } from 'fastify';
import type { ConsoleCookie } from '../rules/console-cookie.ts';

/** No page of another origin can send it without being asked first, and is told no. */
export const CONSOLE_HEADER = 'x-latchkey-console';

/** Whose page it is, once it knows: the browser's cookie may be somebody else's meanwhile. */
const PAGE_USER_HEADER = 'x-latchkey-user';

/** 32 random bytes, base64url. */
const cookieValue = /^[A-Za-z0-9_-]{43}$/;

/** Whether a request says that it is the console's own, be it true or not. */
export function saysToBeConsole({ headers }: Pick<FastifyRequest, 'headers'>): boolean {
  return headers[CONSOLE_HEADER] !== undefined;
}

/** Whether a request is the console's own: by what it says itself, by what the browser says of it, and by its origin. */
export function isOfConsole({ headers }: Pick<FastifyRequest, 'headers'>, { origins }: ConsoleCookie): boolean {
  const { origin } = headers;
  const site = headers['sec-fetch-site'];
  return (
    headers[CONSOLE_HEADER] === '1' &&
    (site === undefined || site === 'same-origin') &&
    (origin === undefined || origins.has(origin))
  );
}

/** Whether what a page sends is to be done as this user: a page that does not say whose it is leaves that to the cookie. */
export function isPageOf({ headers }: Pick<FastifyRequest, 'headers'>, userId: string): boolean {
  const said = headers[PAGE_USER_HEADER];
  return said === undefined || said === userId;
}

/** The value of the console's cookie, if the request is the console's own and carries exactly one. */
export function readConsoleCookie(request: Pick<FastifyRequest, 'headers'>, cookie: ConsoleCookie): string | undefined {
  if (!isOfConsole(request, cookie)) return undefined;
  const values = (request.headers.cookie ?? '')
    .split(';')
    .map((pair) => pair.trim())
    .filter((pair) => pair.startsWith(`${cookie.name}=`))
    .map((pair) => pair.slice(cookie.name.length + 1));
  const [value] = values;
  return values.length === 1 && value !== undefined && cookieValue.test(value) ? value : undefined;
}
