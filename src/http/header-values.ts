import type { IncomingMessage } from 'node:http';

/** Every value that a request sent for a header, by its name in lower case: Node keeps only the first of some of them. */
export function headerValues({ rawHeaders }: IncomingMessage, name: string): string[] {
  const values: string[] = [];
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const given = String(rawHeaders[index]);
    if (given.length === name.length && given.toLowerCase() === name) values.push(String(rawHeaders[index + 1]));
  }
  return values;
}
