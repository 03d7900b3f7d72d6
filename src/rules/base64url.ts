/** Whether a text is the one way to write its bytes: Node passes over unused bits and strange characters (RFC 4648 §3.5). */
export function isBase64url(text: string): boolean {
  return Buffer.from(text, 'base64url').toString('base64url') === text;
}
