/** The cookie of the console, as far as it follows from where the service is reached. */
export interface ConsoleCookie {
  name: string;
  /** As `Set-Cookie` has them, behind the value. */
  attributes: string;
  /** From which pages requests with it are taken. */
  origins: ReadonlySet<string>;
}

const loopbackHosts = ['localhost', '127.0.0.1', '[::1]'];

/**
 * The prefix makes browsers refuse such a cookie from anywhere but this very host over HTTPS, and from scripts. Without HTTPS
 * there is one for this machine alone.
 * @returns null where whoever is on the way could read it
 */
export function consoleCookieOf(publicUrl: string): ConsoleCookie | null {
  const { protocol, hostname, port, origin } = new URL(publicUrl);
  const attributes = 'Path=/; HttpOnly; SameSite=Strict';
  if (protocol === 'https:') {
    return { name: '__Host-Http-latchkey', attributes: `${attributes}; Secure`, origins: new Set([origin]) };
  }
  if (!loopbackHosts.includes(hostname)) return null;
  const origins = loopbackHosts.map((host) => new URL(`http://${host}${port === '' ? '' : `:${port}`}`).origin);
  return { name: 'latchkey_dev', attributes, origins: new Set(origins) };
}
