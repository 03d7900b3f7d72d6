import { Type } from 'typebox';
import type { Static } from 'typebox';
import { errorCatalogue, faultCatalogue } from '../errors.ts';
import type { ErrorCode, FaultCode } from '../errors.ts';
import { Id, ref, Timestamp } from './schemas.ts';

const faultCodes = Object.keys(faultCatalogue) as FaultCode[];

const ProblemError = Type.Object({
  pointer: Type.String({ description: 'RFC 6901 pointer into the body, or `?name` for a query parameter.' }),
  code: Type.Unsafe<FaultCode>(Type.String({ enum: faultCodes, description: 'Stable, for programs.' })),
  detail: Type.String({ description: 'What is wrong there, for people.' }),
});

const errorCodes = Object.keys(errorCatalogue) as ErrorCode[];

/** The body of every error answer (RFC 9457). */
export const Problem = Type.Object(
  {
    type: Type.String({ description: '`urn:latchkey:problem:` and the code.' }),
    title: Type.String({ description: 'The same for every problem of this code.' }),
    status: Type.Integer({ minimum: 400, maximum: 599, description: 'The HTTP status, once more.' }),
    detail: Type.String({ description: 'What happened this time, for people.' }),
    code: Type.Unsafe<ErrorCode>(Type.String({ enum: errorCodes, description: 'Stable, for programs.' })),
    request_id: Type.String({ description: 'Also in the `x-request-id` header and in the log.' }),
    errors: Type.Optional(
      Type.Array(ProblemError, { maxItems: 100, description: 'All that is wrong with the input, one for each place.' }),
    ),
    secret_id: Type.Optional({ ...Id, description: 'Which secret it is about.' }),
    expires_at: Type.Optional({ ...Timestamp, description: 'Until when that one works.' }),
    last_used_at: Type.Optional({ ...Timestamp, description: 'When that one was last used.' }),
  },
  { $id: 'Problem', description: 'What went wrong (RFC 9457).' },
);
export type Problem = Static<typeof Problem>;

/** The responses that a route with these problems describes, by status. */
export function problemResponses(codes: readonly ErrorCode[]): Record<number, object> {
  const codesByStatus = new Map<number, ErrorCode[]>();
  for (const code of new Set(codes)) {
    const { status } = errorCatalogue[code];
    codesByStatus.set(status, [...(codesByStatus.get(status) ?? []), code]);
  }
  return Object.fromEntries([...codesByStatus].map(([status, those]) => [status, problemResponse(those)]));
}

function problemResponse(codes: readonly ErrorCode[]) {
  const examples = Object.fromEntries(
    codes.map((code) => [code, { summary: errorCatalogue[code].title, value: problemExample(code) }]),
  );
  return {
    description: codes.map((code) => problemDescriptions[code] ?? `${errorCatalogue[code].title}.`).join(' Or: '),
    ...(codes.includes('insufficient_permission') ? { headers: refusalHeader } : {}),
    content: { 'application/problem+json': { schema: ref(Problem), examples } },
  };
}

/** For a gateway that asks with HEAD. */
const refusalHeader = { 'x-refusal': Type.String({ description: 'Why: the `code` of the problem.' }) };

function problemExample(code: ErrorCode): Problem {
  const { status, title } = errorCatalogue[code];
  const errors = exampleErrors[code];
  return {
    type: `urn:latchkey:problem:${code}`,
    title,
    status,
    detail: errors === undefined ? `${title}.` : 'One thing is wrong; see errors.',
    code,
    request_id: '5b1f8f0c-6a0e-4c57-9d0e-2f4c1c3a9e77',
    ...(errors === undefined ? {} : { errors }),
  };
}

const exampleErrors: Partial<Record<ErrorCode, Problem['errors']>> = {
  invalid_request: [{ pointer: '/name', code: 'blank', detail: 'must not be blank' }],
  immutable_field: [{ pointer: '/created_at', code: 'immutable', detail: 'never changes' }],
};

/** Where a title alone leaves something open. */
const problemDescriptions: Partial<Record<ErrorCode, string>> = {
  invalid_request: 'The request is malformed or invalid: `errors` names every fault.',
  unauthorized: 'No valid admin token.',
  invalid_credential: 'No valid credential: the same answer whatever the cause.',
  reauthentication_required:
    'The password was last given more than 15 minutes ago: send it as `password`. Who comes from another issuer logs in again.',
  insufficient_role: 'The caller’s role in the organization is too low.',
  not_found: 'Not there, or not yours.',
  rotation_in_progress: 'An old secret still works: `secret_id` and `expires_at` say which, and until when.',
  secret_in_use: 'The secret was used within the last hour: `last_used_at`. `force=true` ends it all the same.',
  precondition_failed: 'The record is no longer the one that `If-Match` names.',
  unsupported_media_type: 'The body is not JSON.',
  rate_limited: 'Too many requests; see `Retry-After`.',
  account_locked: 'Too many failed logins; see `Retry-After`.',
  internal_error: 'A fault of the service.',
  overloaded: 'Busy; see `Retry-After`.',
  database_unavailable: 'Without its database; see `Retry-After`.',
};
