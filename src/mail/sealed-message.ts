import type { MasterKey } from '../master-key/master-key.ts';
import type { MailMessage } from './rendering.ts';

// Room for every mail the service writes, so that the length of a row does not tell which it is, or that it is a decoy.
const PLAIN_BYTES = 6_144;

/** Seals a mail, or a decoy for null, to one length for all. */
export function sealMessage(masterKey: MasterKey, message: MailMessage | null): string {
  const json = JSON.stringify(message);
  const padding = ' '.repeat(Math.max(0, PLAIN_BYTES - Buffer.byteLength(json)));
  return masterKey.seal('mail', json + padding);
}

/**
 * Opens what {@link sealMessage} made; null is a decoy.
 * @throws UnsealError when no configured key opens it, TypeError when another version wrote it
 */
export function unsealMessage(masterKey: MasterKey, sealed: string): MailMessage | null {
  const content: unknown = JSON.parse(masterKey.unseal('mail', sealed));
  if (content === null || isMessage(content)) return content;
  throw new TypeError('the sealed content is not a mail');
}

function isMessage(content: unknown): content is MailMessage {
  if (typeof content !== 'object' || content === null) return false;
  const fields = content as Record<string, unknown>;
  return ['to', 'subject', 'text', 'html'].every((name) => typeof fields[name] === 'string');
}
