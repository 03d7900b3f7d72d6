/** Where `DATABASE_URL` leads, or `DATABASE_READ_URL`. */
export interface DatabaseTarget {
  /** A URL for each of its hosts, in their order. */
  urls: readonly [string, ...string[]];
  /** What a server must be: one that takes writes, one that is no standby, one that is; or any. */
  sessionKind: SessionKind;
  /** What the URL asks to be set in every session, as arguments of Postgres's command line; empty where it asks nothing. */
  options: string;
}

export type SessionKind = (typeof sessionKinds)[Purpose][number];
/** What the connections are for: all of the work, or reading alone. */
export type Purpose = keyof typeof sessionKinds;

/** The values of libpq's `target_session_attrs` with which the service can work; the first is the default. */
const sessionKinds = { work: ['read-write', 'primary'], read: ['any', 'standby'] } as const;

const SHAPE = /^(postgres(?:ql)?:\/\/(?:[^@/?#]*@)?)([^@/?#]+)([^#]*)$/;

/**
 * Takes a URL of libpq's kind apart: it may name several hosts, `postgres://user:password@a:5432,b:5432/database`, of
 * which one is the primary.
 * @throws Error that says what it must be and repeats nothing of it
 */
export function readDatabaseUrl(text: string, purpose: Purpose = 'work'): DatabaseTarget {
  const [, head = '', hosts, rest = ''] = SHAPE.exec(text) ?? [];
  const [first, ...others] = hosts?.split(',').map((host) => readHost(`${head}${host}${rest}`)) ?? [];
  if (first === undefined) throw notAUrl();
  const kinds = sessionKinds[purpose];
  const asked = first.searchParams.get('target_session_attrs') ?? kinds[0];
  const sessionKind = kinds.find((kind) => kind === asked);
  if (sessionKind === undefined) {
    const reason = purpose === 'work' ? ': a standby takes no writes' : '';
    throw new Error(`must have a target_session_attrs of ${kinds.join(' or ')}${reason}`);
  }
  const options = first.searchParams.get('options') ?? '';
  return { urls: [reduce(first), ...others.map(reduce)], sessionKind, options };
}

/** The hosts and the database that such a URL names, without user and password. */
export function describeDatabaseUrl(text: string, purpose: Purpose = 'work'): string {
  const urls = readDatabaseUrl(text, purpose).urls.map((url) => new URL(url));
  return `${urls.map(({ host }) => host).join(',')}${urls[0]?.pathname ?? ''}`;
}

function readHost(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || url.hostname === '') throw notAUrl();
  return url;
}

/** What is wrong with a text that is no such URL, whatever it is. */
export function notAUrl(): Error {
  return new Error(
    'must be a URL such as postgres://user:password@host:5432/database, with each / ? # and @ of user and password ' +
      'percent-encoded (%2F %3F %23 %40)',
  );
}

/** Leaves what `pg` itself is to read. */
function reduce(url: URL): string {
  for (const name of ['target_session_attrs', 'options']) url.searchParams.delete(name);
  return url.href;
}
