import { Type } from 'typebox';
import type { Static } from 'typebox';
import { sessionKinds } from '../../db/tables/users.ts';
import type { SessionKind } from '../../db/tables/users.ts';
import {
  Email,
  GivenPassword,
  Id,
  nullable,
  Page,
  PageQuery,
  PASSWORD_LENGTH_MAX,
  Timestamp,
} from '../../http/schemas.ts';
import { NewPassword } from './account-schemas.ts';

export const AccountRecord = Type.Object(
  {
    uuid: Id,
    email: Email,
    created_at: Timestamp,
    has_authenticator: Type.Boolean({ description: 'Whether an authenticator app is set up.' }),
    has_passkeys: Type.Boolean(),
  },
  {
    $id: 'Account',
    description: 'The account of the caller.',
    examples: [
      {
        uuid: '019a3c5e-6b10-7a01-8c11-2f3e4d5c6b70',
        email: 'ada@acme.example',
        created_at: '2026-01-31T12:00:00.000Z',
        has_authenticator: true,
        has_passkeys: false,
      },
    ],
  },
);
export type AccountRecord = Static<typeof AccountRecord>;

export const PasswordChange = Type.Object(
  { current_password: Type.String({ minLength: 1, maxLength: PASSWORD_LENGTH_MAX }), password: NewPassword },
  {
    $id: 'PasswordChange',
    additionalProperties: false,
    examples: [{ current_password: 'Correct-Horse-7', password: 'Battery-Staple-8' }],
  },
);
export type PasswordChange = Static<typeof PasswordChange>;

export const SessionRecord = Type.Object(
  {
    uuid: Id,
    kind: Type.Unsafe<SessionKind>(
      Type.String({
        enum: [...sessionKinds],
        description: '`tokens` of a login through the API, or of the `console`.',
      }),
    ),
    current: Type.Boolean({ description: 'Whether this request is of that session.' }),
    created_at: Timestamp,
    password_given_at: { ...Timestamp, description: 'At the login, or when the password was last asked for again.' },
    last_seen_at: { ...Timestamp, description: 'About: written every few seconds.' },
    last_seen_ip: nullable(
      Type.String({ maxLength: 43, description: 'The network it was last used from: /24 (IPv4) or /48 (IPv6).' }),
    ),
    user_agent: nullable(Type.String({ maxLength: 200, description: 'What logged in, by its own words.' })),
    expires_at: { ...Timestamp, description: 'Without further use.' },
  },
  {
    $id: 'Session',
    description: 'A login that has not ended.',
    examples: [
      {
        uuid: '019a3c5e-9d20-7b11-9d22-3a4b5c6d7e80',
        kind: 'tokens',
        current: true,
        created_at: '2026-01-31T12:00:00.000Z',
        password_given_at: '2026-01-31T12:00:00.000Z',
        last_seen_at: '2026-02-01T08:30:00.000Z',
        last_seen_ip: '192.0.2.0/24',
        user_agent: 'curl/8.5.0',
        expires_at: '2026-03-03T08:30:00.000Z',
      },
    ],
  },
);
export type SessionRecord = Static<typeof SessionRecord>;

export const SessionPage = Page(SessionRecord, { $id: 'SessionPage', description: 'One page of sessions.' });
export const SessionQuery = PageQuery({});
export type SessionQuery = Static<typeof SessionQuery>;

export const SessionParams = Type.Object({ session: { ...Id, description: 'The `uuid` of the session.' } });

export const Reauthentication = Type.Object(
  { password: GivenPassword },
  { $id: 'Reauthentication', additionalProperties: false, examples: [{ password: 'Correct-Horse-7' }] },
);

export const SessionsEnd = Type.Object(
  { password: Type.Optional(GivenPassword) },
  { $id: 'SessionsEnd', additionalProperties: false, examples: [{ password: 'Correct-Horse-7' }] },
);
