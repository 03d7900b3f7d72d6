import type { FastifyReply, FastifyRequest } from 'fastify';
import { AppError } from '../../errors.ts';
import { isOfConsole, readConsoleCookie, saysToBeConsole } from '../../identity/console-requests.ts';
import type { OpenSession, SessionGrant, SessionService, TokenPair } from '../../identity/session-service.ts';
import type { ConsoleCookie } from '../../rules/console-cookie.ts';
import type { ConsoleSession } from './console-session-schemas.ts';
import type { ConsoleSessionService } from './console-session-service.ts';

/** What is said to a page that is given no session because of where it is. */
export const pageProblems = ['console_needs_https', 'console_wrong_origin'] as const;

/**
 * Where logins of the console's own page come in and go out. Whoever says to be the page is given a cookie or a problem, and
 * never a token: no script is to see one.
 */
export interface ConsoleDoor {
  /** Whether a request is the console's own. */
  isOwn: (request: FastifyRequest) => boolean;
  /** @throws AppError why no session of the console is opened to a request that says to be its page, and is not */
  requireOwnPage: (request: FastifyRequest) => void;
  /** @throws AppError where tokens, which are all there is to answer with, would be the page's */
  requireNoPage: (request: FastifyRequest) => void;
  /** The value of the cookie that counts. */
  heldCookie: (request: FastifyRequest) => string | undefined;
  /** Sets the cookie, or takes it away. */
  setCookie: (reply: FastifyReply, value: string | null) => void;
  /** How a session is opened as the request is. @throws AppError as `requireOwnPage` */
  openerFor: (request: FastifyRequest) => OpenSession<SessionGrant | { cookie: string }>;
  /** Gives what was opened to whoever asked. @returns the tokens; none where the cookie takes their place */
  handOver: (reply: FastifyReply, opened: SessionGrant | { cookie: string }) => Promise<Partial<TokenPair>>;
  /** Finishes a login as the request is: for the console's own page behind a cookie, for others with tokens. @throws AppError as `requireOwnPage` */
  finish: (request: FastifyRequest, reply: FastifyReply, login: FinishLogin) => Promise<TokenPair | ConsoleSession>;
}

/** What is left of a login but the session that it opens. */
export type FinishLogin = <Opened>(open: OpenSession<Opened>) => Promise<Opened>;

export interface ConsoleDoorOptions {
  isEnabled: boolean;
  /** Null where no browser could keep it to itself. */
  cookie: ConsoleCookie | null;
  sessionTtlSeconds: number;
  sessions: SessionService;
  consoleLogins: ConsoleSessionService;
}

export function createConsoleDoor(options: ConsoleDoorOptions): ConsoleDoor {
  const { isEnabled, sessionTtlSeconds, sessions, consoleLogins } = options;
  const cookie = isEnabled ? options.cookie : null;
  const isOwn = (request: FastifyRequest) => cookie !== null && isOfConsole(request, cookie);
  const heldCookie = (request: FastifyRequest) => (cookie === null ? undefined : readConsoleCookie(request, cookie));

  function setCookie(reply: FastifyReply, value: string | null): void {
    if (cookie === null) return;
    const maxAge = value === null ? 0 : sessionTtlSeconds;
    reply.header('set-cookie', `${cookie.name}=${value ?? ''}; ${cookie.attributes}; Max-Age=${maxAge}`);
  }

  /** Before anything is done: what was presented is good once, and is not spent on a page that gets nothing. */
  function requireOwnPage(request: FastifyRequest): void {
    if (!saysToBeConsole(request) || isOwn(request)) return;
    if (!isEnabled) throw noConsole();
    throw cookie === null ? needsHttps() : wrongOrigin();
  }

  return {
    isOwn,
    requireOwnPage,
    heldCookie,
    setCookie,

    requireNoPage(request) {
      if (saysToBeConsole(request)) throw tokensAlone();
    },

    openerFor(request) {
      requireOwnPage(request);
      return isOwn(request) ? consoleLogins.opener(heldCookie(request)) : sessions.open;
    },

    async handOver(reply, opened) {
      if (!('cookie' in opened)) return sessions.sign(opened);
      setCookie(reply, opened.cookie);
      return {};
    },

    async finish(request, reply, login) {
      requireOwnPage(request);
      if (!isOwn(request)) return sessions.sign(await login(sessions.open));
      const opened = await login(consoleLogins.opener(heldCookie(request)));
      setCookie(reply, opened.cookie);
      return consoleLogins.describe(opened.cookie);
    },
  };
}

function needsHttps(): AppError {
  return new AppError('console_needs_https', {
    detail: 'A cookie over http:// can be read on the way. Set PUBLIC_URL to the https:// address of the service.',
  });
}

function wrongOrigin(): AppError {
  return new AppError('console_wrong_origin', {
    detail:
      'The console works at the address of PUBLIC_URL alone. Open it there, or set PUBLIC_URL to the address that people ' +
      'type; what stands in front passes Origin and Sec-Fetch-Site on unchanged.',
  });
}

function noConsole(): AppError {
  return new AppError('invalid_request', { detail: 'There is no console here (CONSOLE_ENABLED).' });
}

function tokensAlone(): AppError {
  return new AppError('invalid_request', {
    detail: 'A request with x-latchkey-console gets no token. The console logs in by console/session/.',
  });
}
