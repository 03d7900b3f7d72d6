const LANGUAGE = 'en';

export function numberText(value: number): string {
  return new Intl.NumberFormat(LANGUAGE).format(value);
}

/** “1 client”, “2 clients”. */
export function countText(count: number, words: { one: string; other: string }): string {
  return `${numberText(count)} ${new Intl.PluralRules(LANGUAGE).select(count) === 'one' ? words.one : words.other}`;
}

export function listText(words: string[]): string {
  return new Intl.ListFormat(LANGUAGE, { type: 'conjunction' }).format(words);
}
