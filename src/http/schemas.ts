import { Type } from 'typebox';
import type { Static, TSchema } from 'typebox';
import { ADDRESS_RANGE_LENGTH_MAX } from '../rules/address-ranges.ts';
import { CLIENT_ID_LENGTH_MAX, CLIENT_ID_PATTERN } from '../rules/client-ids.ts';

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
export const FutureTimestamp = Type.String({
  format: 'future-date-time',
  maxLength: 35,
  description: 'RFC 3339, in the future.',
});
export const ClientId = Type.String({
  pattern: CLIENT_ID_PATTERN,
  maxLength: CLIENT_ID_LENGTH_MAX,
  description: '16 random bytes, base64url; an imported API client has kept its own.',
});
/** More than any password has: 256 characters that are typed as letters and accents of their own, none more than four. */
export const PASSWORD_LENGTH_MAX = 1_024;
/** The account's own password, where a login of long ago is not enough. */
export const GivenPassword = Type.String({
  minLength: 1,
  maxLength: PASSWORD_LENGTH_MAX,
  description: 'Your password: needed where it was last given more than 15 minutes ago (`reauthentication_required`).',
});
export const Email = Type.String({ format: 'email', minLength: 3, maxLength: 254 });

/** Who made a record. */
export const CreatedBy = Type.String({
  maxLength: 254,
  description: 'The email of the user; null for what a command made, or a user who is gone.',
});

/** A name people read: one line, not blank. */
export const Name = Type.String({ format: 'line', minLength: 1, maxLength: 200, description: 'One line, not blank.' });
export const Description = Type.String({ format: 'paragraph', maxLength: 2000 });
export const HttpUrl = Type.String({ format: 'http-url', maxLength: 2048 });
export const RedirectUrls = Type.Array(Type.String({ format: 'redirect-url', maxLength: 2048 }), {
  maxItems: 100,
  uniqueItems: true,
  description:
    'Absolute URIs of ASCII characters: `https://…`, `http://…` on `localhost`, `127.0.0.1` or `[::1]`, or `scheme:/…` ' +
    'of an app. Stored and compared character for character. An empty list allows none.',
});
/** From where a client may be used, one canonical spelling for each. */
export const AllowedIps = Type.Array(Type.String({ format: 'address-range', maxLength: ADDRESS_RANGE_LENGTH_MAX }), {
  maxItems: 100,
  uniqueItems: true,
  description:
    'IPv4 and IPv6 addresses and ranges (`192.0.2.0/24`) that the client’s secrets and tokens are accepted from; an ' +
    'empty list sets no bounds. Kept in one spelling: IPv4 in dots, also when mapped into IPv6, IPv6 as RFC 5952 has it.',
});
/** The body limit of a route that takes a list of URLs: room for a hundred URLs of full length, and not much more. */
export const URL_LISTS_BODY_LIMIT = 256 * 1024;

export const Permission = Type.String({ format: 'permission', maxLength: 64 });

/** The last four characters of a secret, by which people tell secrets apart. */
export const SecretHint = Type.String({ minLength: 4, maxLength: 4 });

export const OrganizationParams = Type.Object({ org: { ...Id, description: 'The `uuid` of the organization.' } });
export type OrganizationParams = Static<typeof OrganizationParams>;

const LIMIT_DEFAULT = 50;

const pageQueryMembers = (limitDefault: number) => ({
  limit: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: Number.MAX_SAFE_INTEGER,
      default: limitDefault,
      description: 'At most 100; more is lowered to 100.',
    }),
  ),
  order: Type.Optional(
    Type.Unsafe<'newest' | 'oldest'>(
      Type.String({ enum: ['newest', 'oldest'], default: 'newest', description: 'Which records come first.' }),
    ),
  ),
  cursor: Type.Optional(Type.String({ maxLength: 200, description: 'From `next_cursor` of the page before.' })),
});

/** The query of a list: `limit`, `order`, `cursor` and the filters given here. */
export function PageQuery<T extends Record<string, TSchema>>(filters: T, limitDefault = LIMIT_DEFAULT) {
  return Type.Object({ ...pageQueryMembers(limitDefault), ...filters }, { additionalProperties: false });
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

/** A response that also carries these headers, by their names. */
export function withHeaders<T extends TSchema>(schema: T, headers: Record<string, TSchema>) {
  return Type.Unsafe<Static<T>>({ ...schema, headers });
}

/** The version of the record in the answer, for `If-Match`. */
export const etagHeader = {
  ETag: Type.String({ description: 'The record’s version. Send it as `If-Match` to change only this version.' }),
};

/** Where a list goes on. */
export const linkHeader = {
  Link: Type.String({ description: 'The next page, `rel="next"` (RFC 8288); absent on the last one.' }),
};

/** The condition of a change (RFC 9110 §13.1.1). */
export const IfMatch = Type.Object({
  'if-match': Type.Optional(
    Type.String({
      maxLength: 1000,
      description: 'The `ETag` of a read: refuses with 412 when the record has changed since.',
    }),
  ),
});
