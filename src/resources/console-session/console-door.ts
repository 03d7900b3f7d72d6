import type { FastifyReply, FastifyRequest } from 'fastify';
import { isOfConsole, readConsoleCookie } from '../../identity/console-requests.ts';
import type { OpenSession, SessionService, TokenPair } from '../../identity/session-service.ts';
import type { ConsoleCookie } from '../../rules/console-cookie.ts';
import type { ConsoleSession } from './console-session-schemas.ts';
import type { ConsoleSessionService } from './console-session-service.ts';

/** Where logins of the console's own page come in and go out. */
export interface ConsoleDoor {
  /** Null where there is no console, or no browser could keep its cookie to itself. */
  cookie: ConsoleCookie | null;
  /** Whether a request is the console's own. */
  isOwn: (request: FastifyRequest) => boolean;
  /** The value of the cookie that counts. */
  heldCookie: (request: FastifyRequest) => string | undefined;
  /** Sets the cookie, or takes it away. */
  setCookie: (reply: FastifyReply, value: string | null) => void;
  /** How a session is opened as the request is. */
  openerFor: (request: FastifyRequest) => OpenSession<TokenPair | { cookie: string }>;
  /** Gives what was opened to whoever asked. @returns the tokens; none where the cookie takes their place */
  handOver: (reply: FastifyReply, opened: TokenPair | { cookie: string }) => Partial<TokenPair>;
  /** Finishes a login as the request is: for the console's own page behind a cookie, for others with tokens. */
  finish: (request: FastifyRequest, reply: FastifyReply, login: FinishLogin) => Promise<TokenPair | ConsoleSession>;
}

/** What is left of a login but the session that it opens. */
export type FinishLogin = <Opened>(open: OpenSession<Opened>) => Promise<Opened>;

export interface ConsoleDoorOptions {
  cookie: ConsoleCookie | null;
  sessionTtlSeconds: number;
  sessions: SessionService;
  consoleLogins: ConsoleSessionService;
}

export function createConsoleDoor(options: ConsoleDoorOptions): ConsoleDoor {
  const { cookie, sessionTtlSeconds, sessions, consoleLogins } = options;
  const isOwn = (request: FastifyRequest) => cookie !== null && isOfConsole(request, cookie);
  const heldCookie = (request: FastifyRequest) => (cookie === null ? undefined : readConsoleCookie(request, cookie));

  function setCookie(reply: FastifyReply, value: string | null): void {
    if (cookie === null) return;
    const maxAge = value === null ? 0 : sessionTtlSeconds;
    reply.header('set-cookie', `${cookie.name}=${value ?? ''}; ${cookie.attributes}; Max-Age=${maxAge}`);
  }

  return {
    cookie,
    isOwn,
    heldCookie,
    setCookie,

    openerFor: (request) => (isOwn(request) ? consoleLogins.opener(heldCookie(request)) : sessions.open),

    handOver(reply, opened) {
      if (!('cookie' in opened)) return opened;
      setCookie(reply, opened.cookie);
      return {};
    },

    async finish(request, reply, login) {
      if (!isOwn(request)) return login(sessions.open);
      const opened = await login(consoleLogins.opener(heldCookie(request)));
      setCookie(reply, opened.cookie);
      return consoleLogins.describe(opened.cookie);
    },
  };
}
