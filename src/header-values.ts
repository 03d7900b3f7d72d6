import type { IncomingMessage } from 'node:http';

/** Every value that a request sent for a header, by its name in lower case: Node keeps only the first of some of them. */
export function headerValues({ rawHeaders }: IncomingMessage, name: string): string[] {
  return rawHeaders.filter((_text, i) => i % 2 === 1 && isNamed(rawHeaders[i - 1], name));
}

function isNamed(text: string | undefined, name: string): boolean {
  return text?.length === name.length && text.toLowerCase() === name;
}
