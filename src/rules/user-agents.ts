const LENGTH_MAX = 200;

/** What a caller says of its program, of printable ASCII and without what could be a secret that was put there by mistake. */
export function toHarmlessUserAgent(userAgent: string | null): string | null {
  if (userAgent === null) return null;
  return userAgent
    .replaceAll(/[^\x20-\x7e]/g, '?')
    .replaceAll(/[\w-]{24,}/g, '***')
    .slice(0, LENGTH_MAX);
}
