import { Type } from 'typebox';
import type { Static, TSchema } from 'typebox';

/**
 * A reference to a schema registered with `app.addSchema`, typed as the schema itself. Swagger would otherwise expand
 * a shared shape at every place it is used.
 */
export function ref<T extends TSchema & { $id?: string }>(schema: T) {
  return Type.Unsafe<Static<T>>({ $ref: `${String(schema.$id)}#` });
}

/** The shape, or `null` where there is no value: a member is present either way. */
export function nullable<T extends TSchema & { type: string }>(schema: T) {
  return Type.Unsafe<Static<T> | null>({ ...schema, type: [schema.type, 'null'] });
}

/**
 * A member of a record that a request must not name. Validation refuses it, and because it is `readOnly` the refusal is
 * `immutable_field` (422) instead of an unknown field (400).
 */
export function immutable() {
  return Type.Optional(
    Type.Unsafe<never>({ not: {}, readOnly: true, description: 'Never changes: refused with 422.' }),
  );
}

export const Id = Type.String({ format: 'uuid', maxLength: 36, description: 'A UUIDv7.' });
export const Timestamp = Type.String({ format: 'date-time', maxLength: 35, description: 'RFC 3339, UTC.' });
export const ClientId = Type.String({
  pattern: '^[A-Za-z0-9_-]{22}$',
  maxLength: 22,
  description: '16 random bytes, base64url.',
});
export const Email = Type.String({ format: 'email', minLength: 3, maxLength: 254 });

/** A name people read: one line, not blank. */
export const Name = Type.String({ format: 'line', minLength: 1, maxLength: 200 });
export const Description = Type.String({ format: 'paragraph', maxLength: 2000 });
export const HttpUrl = Type.String({ format: 'http-url', maxLength: 2048 });
export const RedirectUrls = Type.Array(Type.String({ format: 'redirect-url', maxLength: 2048 }), {
  maxItems: 100,
  uniqueItems: true,
  description: 'Stored and compared character for character. An empty list allows none.',
});
export const Permission = Type.String({ format: 'permission', maxLength: 64 });

/** The last four characters of a secret, by which people tell secrets apart. */
export const SecretHint = Type.String({ minLength: 4, maxLength: 4 });

export const OrganizationParams = Type.Object({ org: Id });
export type OrganizationParams = Static<typeof OrganizationParams>;

const pageQueryMembers = {
  limit: Type.Optional(
    Type.Integer({ minimum: 1, maximum: 1_000_000, default: 50, description: 'At most 100; more is lowered to 100.' }),
  ),
  cursor: Type.Optional(Type.String({ maxLength: 200, description: 'From `next_cursor` of the page before.' })),
};

/** The query of a list: `limit`, `cursor` and the filters given here. */
export function PageQuery<T extends Record<string, TSchema>>(filters: T) {
  return Type.Object({ ...pageQueryMembers, ...filters }, { additionalProperties: false });
}

/** A page of a list. */
export function Page<T extends TSchema & { $id?: string }>(item: T, options: { $id: string; description: string }) {
  return Type.Object(
    {
      results: Type.Array(ref(item), { maxItems: 100 }),
      next_cursor: nullable(Type.String({ maxLength: 200, description: 'Null on the last page.' })),
    },
    options,
  );
}

const ProblemError = Type.Object({
  pointer: Type.String({
    description: 'RFC 6901 pointer into the body, or `?name` for a query parameter.',
    examples: ['/permissions/0'],
  }),
  detail: Type.String({ examples: ['must be a permission of the catalogue'] }),
});

/** The body of every refusal (RFC 9457). */
export const Problem = Type.Object(
  {
    type: Type.String({ description: 'A URI that names the kind of problem.' }),
    title: Type.String(),
    status: Type.Integer({ minimum: 400, maximum: 599 }),
    detail: Type.String(),
    code: Type.String({ description: 'Stable, for programs.' }),
    request_id: Type.String({ description: 'Also in the `x-request-id` header and in the log.' }),
    errors: Type.Optional(Type.Array(ProblemError, { description: 'All that is wrong with the input.' })),
  },
  { $id: 'Problem', description: 'What went wrong (RFC 9457).' },
);
export type Problem = Static<typeof Problem>;

/** The responses of a route: its successes, and a {@link Problem} for each further status it can send. */
export function withProblems<T extends Record<number, TSchema>>(successes: T, statuses: readonly number[]) {
  const problems = Object.fromEntries(
    statuses.map((status) => [
      status,
      {
        description: problemDescriptions[status] ?? 'Refused',
        content: { 'application/problem+json': { schema: ref(Problem) } },
      },
    ]),
  );
  return { ...problems, ...successes } as T;
}

const problemDescriptions: Record<number, string> = {
  400: 'The request is malformed or invalid; every fault is named.',
  401: 'No valid credential.',
  403: 'The caller may not do this.',
  404: 'Not there, or not yours.',
  409: 'Conflicts with the current state.',
  412: '`If-Match` failed: the record has changed.',
  413: 'The body is too large.',
  415: 'The body is not JSON.',
  422: 'A field that never changes was sent, or a confirmation does not match.',
  429: 'Too many requests; see `Retry-After`.',
  500: 'A fault of the service.',
  503: 'Busy or without its database; see `Retry-After`.',
};
