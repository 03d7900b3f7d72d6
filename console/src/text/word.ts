/** The word for a name that comes from a URL or an answer; the name itself, or what stands in for it, where there is none. */
export function wordFor(words: Readonly<Record<string, string>>, name: string, otherwise = name): string {
  return (Object.hasOwn(words, name) ? words[name] : undefined) ?? otherwise;
}
