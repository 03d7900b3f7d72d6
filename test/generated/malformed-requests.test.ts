import { once } from 'node:events';
import { connect } from 'node:net';
import fc from 'fast-check';
import t from 'tap';
import { build } from '../support/build-app.ts';
import { API, PASSWORD, registerUser } from '../support/factories.ts';
import { readAnswers } from '../support/raw-answers.ts';
import type { RawAnswer } from '../support/raw-answers.ts';
import { chosenSeed, countOr } from '../support/request-generator.ts';

const requestsMax = countOr(400);
const seed = chosenSeed();
const AT_ONCE = 20;

const test = await build(t);
const owner = await registerUser(test);
const { hostname, port } = new URL(await test.app.listen({ host: '127.0.0.1', port: 0 }));

const login = JSON.stringify({ email: owner.email, password: PASSWORD });
const whole = [
  `GET ${API}/verify/ HTTP/1.1\r\nHost: x\r\nX-API-Key: ${owner.apiKey}\r\n\r\n`,
  `GET ${API}/organizations/me/?limit=1 HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${owner.token}\r\n\r\n`,
  `POST ${API}/programmatic/login/ HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n` +
    `Content-Length: ${login.length}\r\n\r\n${login}`,
  `POST ${API}/organizations/ HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${owner.token}\r\n` +
    'Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n10\r\n{"name":"Chunky"}\r\n0\r\n\r\n',
];

/** Put between two lines or into one: what senders get wrong, and what smugglers try. */
const pieces = [
  '\r\n',
  '\n',
  '\r',
  '\0',
  ' ',
  '\t',
  ':',
  'Content-Length: 5\r\n',
  'Content-Length: -1\r\n',
  'Content-Length: 99999999999999999999\r\n',
  'Transfer-Encoding: chunked\r\n',
  'Transfer-Encoding: identity, chunked\r\n',
  'transfer-encoding : chunked\r\n',
  'Host: y\r\n',
  'Expect: 100-continue\r\n',
  'Expect: something\r\n',
  'Upgrade: websocket\r\nConnection: upgrade\r\n',
  `X-Long: ${'x'.repeat(20_000)}\r\n`,
  'X: 1\r\n'.repeat(1_100),
  ' folded\r\n',
  'ffffffffffffffff\r\n',
  '\u00ff\u00fe',
  'GET / HTTP/1.1\r\nHost: x\r\n\r\n',
];

/** A request that was right, cut, torn or stuffed in up to three places. */
const torn = fc
  .tuple(
    fc.constantFrom(...whole),
    fc.array(
      fc.record({
        place: fc.double({ min: 0, max: 1, noNaN: true }),
        isLine: fc.boolean(),
        cut: fc.oneof({ arbitrary: fc.constant(0), weight: 3 }, fc.nat(6), fc.constant(10_000)),
        piece: fc.oneof({ arbitrary: fc.constantFrom(...pieces), weight: 5 }, fc.string({ unit: 'binary-ascii' })),
      }),
      { minLength: 1, maxLength: 3 },
    ),
  )
  .map(([text, changes]) => changes.reduce(change, text));

function change(
  text: string,
  { place, isLine, cut, piece }: { place: number; isLine: boolean; cut: number; piece: string },
) {
  const somewhere = Math.floor(place * text.length);
  const at = isLine ? text.indexOf('\r\n', somewhere) + 2 : somewhere;
  return text.slice(0, at) + piece + text.slice(at + cut);
}

void t.test(`${requestsMax} malformed requests get an answer or a closed connection (seed ${seed})`, async (t) => {
  const before = await test.query('select to_jsonb(o) as row from organizations o where id = $1', [
    owner.organizationId,
  ]);
  const requests = fc.sample(torn, { numRuns: requestsMax, seed });
  const statuses = new Map<number, number>();
  const faults: string[] = [];
  for (let index = 0; index < requests.length; index += AT_ONCE) {
    await Promise.all(
      requests.slice(index, index + AT_ONCE).map(async (request, offset) => {
        const bytes = await exchange(request);
        try {
          for (const answer of readAnswers(bytes)) {
            statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1);
            const fault = findFault(answer);
            if (fault !== undefined) throw new Error(fault);
          }
        } catch (err) {
          faults.push(`request ${index + offset}: ${(err as Error).message}: ${JSON.stringify(request).slice(0, 500)}`);
        }
      }),
    );
  }
  t.same(faults.slice(0, 10), []);
  t.comment(`statuses: ${JSON.stringify(Object.fromEntries(statuses))}`);
  t.ok(statuses.has(400));
  t.same(
    await test.query('select to_jsonb(o) as row from organizations o where id = $1', [owner.organizationId]),
    before,
  );
  t.equal((await fetch(`http://${hostname}:${port}/readyz`)).status, 200);
});

/** Sends, gives the service time to answer or to wait for more, says that nothing more will come, and reads to the end. */
async function exchange(request: string): Promise<Buffer> {
  const socket = connect(Number(port), hostname);
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  // To be cut off is an answer.
  socket.on('error', () => undefined);
  socket.write(Buffer.from(request, 'latin1'));
  // What came later has been answered: whoever is silent by now waits for more.
  for (let turn = 0; turn < 3; turn += 1) {
    await fetch(`http://${hostname}:${port}${API}/verify/`, { headers: { 'x-api-key': owner.apiKey } });
  }
  socket.end();
  if (!socket.closed) await once(socket, 'close');
  return Buffer.concat(chunks);
}

/** No answer blames the service, and each that refuses is a whole problem document or one of OAuth. */
function findFault({ status, headers, body }: RawAnswer): string | undefined {
  if (status < 200) return undefined;
  if (status >= 500) return `${status} ${body}`;
  if (status < 400) return undefined;
  if (headers.get('content-type') !== 'application/problem+json') return `${status} is no problem document: ${body}`;
  const problem = JSON.parse(body) as Record<string, unknown>;
  const isWhole = problem.status === status && problem.request_id === headers.get('x-request-id');
  return isWhole && typeof problem.code === 'string' ? undefined : `${status} says ${body}`;
}
