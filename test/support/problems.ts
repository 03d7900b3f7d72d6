import type { LightMyRequestResponse } from 'fastify';
import type { Test } from 'tap';
import { errorCatalogue, faultCatalogue } from '../../src/errors.ts';
import type { ErrorCode, ProblemMembers } from '../../src/errors.ts';

type Asserts = Pick<Test, 'equal' | 'same' | 'ok'>;

interface ProblemBody {
  detail: string;
  request_id: string;
  errors?: { pointer: string; code: string; detail: string }[];
}

/** What never leaves: stack frames (unlike times), SQL, paths of the host, names of libraries. */
const leaks =
  /\bat .*(?<!T\d\d):\d+:\d+|node_modules|\/src\/|\/home\/|\/work\/|\.ts\b|select |insert into|update "|drizzle|fastify|ajv/i;

/**
 * Asserts that an answer is the whole problem document of a code, with the headers that belong to it, and that `errors`
 * names exactly these pointers; without any, that it names none. Further members are none but these.
 */
export function isProblem(
  t: Asserts,
  response: LightMyRequestResponse,
  {
    code,
    pointers,
    members,
    message = code,
  }: { code: ErrorCode; pointers?: string[]; members?: ProblemMembers; message?: string },
): void {
  const { status, title } = errorCatalogue[code];
  t.equal(response.statusCode, status, `${message}: status`);
  t.equal(response.headers['content-type'], 'application/problem+json', `${message}: media type`);
  const body = response.json<ProblemBody>();
  const { detail, request_id: requestId, errors } = body;
  const type = `urn:latchkey:problem:${code}`;
  const expected = { type, title, status, detail, code, request_id: requestId, ...members };
  t.same(body, errors === undefined ? expected : { ...expected, errors }, `${message}: document`);
  t.ok(detail.length > 0, `${message}: detail`);
  t.equal(requestId, response.headers['x-request-id'], `${message}: request id`);
  t.equal(response.headers['cache-control'], 'no-store', `${message}: cache-control`);
  t.same(pointersOf(response).sort(), [...(pointers ?? [])].sort(), `${message}: pointers`);
  t.ok(
    (errors ?? []).every((error) => error.code in faultCatalogue && error.detail.length > 0),
    `${message}: every fault has a code and is put into words`,
  );
  t.equal(leaks.exec(response.body), null, `${message}: nothing of the inside`);
}

export function pointersOf(response: LightMyRequestResponse): string[] {
  return (response.json<ProblemBody>().errors ?? []).map(({ pointer }) => pointer);
}

/** Asserts that two refusals are the same in all that a caller can see but the request's id. */
export function isSameRefusal(t: Asserts, one: LightMyRequestResponse, other: LightMyRequestResponse): void {
  t.same(visible(one), visible(other));
}

function visible(response: LightMyRequestResponse) {
  const { 'x-request-id': id, ...headers } = response.headers;
  return {
    status: response.statusCode,
    headers: { ...headers, date: undefined },
    body: response.body.replaceAll(String(id), ''),
  };
}

/** A value as the title of an assertion: JSON in ASCII, because a report is read line by line. */
export function shown(value: unknown): string {
  return JSON.stringify(value)
    .slice(0, 80)
    .replaceAll(/[^\u0020-\u007e]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
