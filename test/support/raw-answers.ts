/** An answer as it came over the wire. */
export interface RawAnswer {
  status: number;
  /** By name in lower case. */
  headers: Map<string, string>;
  body: string;
}

const CRLF = '\r\n';

/**
 * Reads all that a server sent on one connection, by RFC 9112 and nothing more lenient.
 * @throws what is wrong with it: so much as a byte that belongs to no answer
 */
export function readAnswers(bytes: Buffer): RawAnswer[] {
  // One character for each byte, so that lengths are those of the wire.
  let rest = bytes.toString('latin1');
  const answers: RawAnswer[] = [];
  while (rest !== '') {
    const end = rest.indexOf(CRLF + CRLF);
    if (end === -1) throw new Error(`no whole head: ${rest.slice(0, 200)}`);
    const [start = '', ...lines] = rest.slice(0, end).split(CRLF);
    const status = Number(/^HTTP\/1\.1 ([1-5]\d\d) [\t -~]*$/.exec(start)?.[1]);
    if (Number.isNaN(status)) throw new Error(`no status line: ${start}`);
    const headers = readHeaders(lines);
    const { body, length } = readBody(rest.slice(end + 4), status, headers);
    answers.push({ status, headers, body: Buffer.from(body, 'latin1').toString() });
    rest = rest.slice(end + 4 + length);
  }
  return answers;
}

function readHeaders(lines: string[]): Map<string, string> {
  const headers = new Map<string, string>();
  for (const line of lines) {
    const [, name = '', value = ''] = /^([!#$%&'*+.^_`|~\w-]+):[\t ]*(.*?)[\t ]*$/.exec(line) ?? [];
    if (name === '') throw new Error(`no header: ${line}`);
    if (/content-length|transfer-encoding/i.test(name) && headers.has(name.toLowerCase())) {
      throw new Error(`twice: ${line}`);
    }
    headers.set(name.toLowerCase(), value);
  }
  return headers;
}

/** @returns the body, and how long it is on the wire */
function readBody(text: string, status: number, headers: Map<string, string>): { body: string; length: number } {
  if (status < 200 || status === 204 || status === 304) return { body: '', length: 0 };
  if (headers.get('transfer-encoding') === 'chunked') return readChunks(text);
  const length = Number(headers.get('content-length') ?? text.length);
  if (text.length < length) throw new Error(`${text.length} of ${length} bytes`);
  return { body: text.slice(0, length), length };
}

function readChunks(text: string): { body: string; length: number } {
  let body = '';
  for (let at = 0; ;) {
    const [line = '', size = ''] = /^([0-9a-f]+)\r\n/i.exec(text.slice(at, at + 20)) ?? [];
    if (line === '') throw new Error('no chunk size');
    const start = at + line.length;
    const end = start + Number.parseInt(size, 16);
    if (text.slice(end, end + 2) !== CRLF) throw new Error('a chunk without an end');
    body += text.slice(start, end);
    at = end + 2;
    if (end === start) return { body, length: at };
  }
}
