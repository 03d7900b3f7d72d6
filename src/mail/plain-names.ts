const LENGTH_MAX = 60;

/**
 * What somebody has called something, as a text that mail programs make nothing else of: one line, no longer than a name
 * has to be, without characters that are not seen or turn the order of others, and nothing that becomes a link.
 */
export function toPlainName(name: string): string {
  const line = name
    .toWellFormed()
    .replaceAll(/[\p{C}\p{Zl}\p{Zp}\s]+/gu, ' ')
    .trim();
  const characters = Array.from(line);
  const short =
    characters.length <= LENGTH_MAX
      ? line
      : `${characters
          .slice(0, LENGTH_MAX - 3)
          .join('')
          .trimEnd()}...`;
  // Mail programs make links of what looks like an address, and a space that is not seen ends it.
  return short.replaceAll('://', ': //').replaceAll(/(?<=\S)\.(?=[\p{L}\p{N}])/gu, '.\u200b');
}
