/** What the query of `SMTP_URL` may hold, and what each is for, in the README's words. */
export const smtpUrlOptions: Readonly<Record<string, { kind: 'boolean' | 'number' | 'text'; meaning: string }>> = {
  requireTLS: {
    kind: 'boolean',
    meaning:
      '`true`: no mail without STARTTLS, the default of `smtp://` in production; `false`: STARTTLS where it is offered',
  },
  ignoreTLS: {
    kind: 'boolean',
    meaning: '`true`: no STARTTLS even where it is offered, for a relay on the same machine',
  },
  'tls.rejectUnauthorized': {
    kind: 'boolean',
    meaning: '`false`: take any certificate; whoever is in between can read the codes',
  },
  'tls.servername': { kind: 'text', meaning: 'the name the certificate must be for, if it is not the host' },
  'tls.minVersion': { kind: 'text', meaning: 'the oldest TLS that is spoken, as `TLSv1.3`' },
  'tls.ciphers': { kind: 'text', meaning: 'an OpenSSL list of ciphers' },
  name: { kind: 'text', meaning: 'what this service calls itself (EHLO); default: the host of `PUBLIC_URL`' },
  authMethod: { kind: 'text', meaning: '`PLAIN`, `LOGIN` or `CRAM-MD5`; default: what the server offers first' },
  localAddress: { kind: 'text', meaning: 'the address of this machine to send from' },
  maxMessages: { kind: 'number', meaning: 'mails sent over one connection, 100 by default' },
  rateLimit: { kind: 'number', meaning: 'mails in `rateDelta`; default: no limit' },
  rateDelta: { kind: 'number', meaning: 'milliseconds, 1000 by default' },
};

/**
 * The options in the query of an `SMTP_URL`, by name.
 * @throws Error that says what is wrong, and never repeats a value
 */
export function readSmtpOptions(url: URL): Record<string, string | number | boolean> {
  const options: Record<string, string | number | boolean> = {};
  for (const [name, text] of url.searchParams) {
    const kind = Object.hasOwn(smtpUrlOptions, name) ? smtpUrlOptions[name]?.kind : undefined;
    // A misspelled requireTLS would otherwise be no requireTLS.
    if (kind === undefined) throw new Error(`may hold no other options than ${Object.keys(smtpUrlOptions).join(', ')}`);
    if (name in options) throw new Error(`must hold ${name} once`);
    options[name] = readOption(name, kind, text);
  }
  return options;
}

function readOption(name: string, kind: 'boolean' | 'number' | 'text', text: string): string | number | boolean {
  if (kind === 'text' && /^[\x21-\x7e]{1,500}$/.test(text)) return text;
  if (kind === 'number' && /^[1-9]\d{0,8}$/.test(text)) return Number(text);
  if (kind === 'boolean' && (text === 'true' || text === 'false')) return text === 'true';
  throw new Error(
    `must hold ${name} with ${{ boolean: 'true or false', number: 'a whole number', text: 'a text' }[kind]}`,
  );
}
