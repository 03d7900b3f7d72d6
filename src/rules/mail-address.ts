/** One address without quoting, comments or separators: nothing that a parser could read as a second one. */
const PLAIN_ADDRESS = /^[^\s\p{Cc}<>()[\]\\,;:"@]+@[^\s\p{Cc}<>()[\]\\,;:"@]+$/u;
const NAMED_ADDRESS = /^([^<>\p{Cc}]*)<([^<>]*)>$/u;

/** Who a mail is from: a display name, which may be empty, and an address. */
export interface MailSender {
  name: string;
  address: string;
}

export function isPlainAddress(text: string): boolean {
  return PLAIN_ADDRESS.test(text);
}

/**
 * Reads `address`, `<address>` or `name <address>`. Whatever stands before the angle bracket is the name, a colon or a
 * comma too: a parser of mail headers would read a group or a list (RFC 5322 §3.4). Quotes around it do not count.
 */
export function parseMailSender(text: string): MailSender | undefined {
  const [, before = '', address = text] = NAMED_ADDRESS.exec(text.trim()) ?? [];
  if (!isPlainAddress(address)) return undefined;
  const name = before.trim();
  const quoted = /^"(.*)"$/.exec(name)?.[1];
  return { name: quoted === undefined ? name : quoted.replace(/\\(.)/g, '$1'), address };
}
