import { Type } from 'typebox';
import type { Static } from 'typebox';
import { roles } from '../../db/tables/organizations.ts';
import type { Role } from '../../db/tables/organizations.ts';
import { Email, Id, Name, nullable, ref, Timestamp } from '../../http/schemas.ts';
import { SecondFactorAsked, TokenPair } from '../accounts/account-schemas.ts';

const user = Type.Object({ uuid: Id, email: Email }, { description: 'Null where nobody is logged in.' });

export const ConsoleSession = Type.Object(
  {
    user: nullable(user),
    organizations: Type.Array(
      Type.Object({ uuid: Id, name: Name, role: Type.Unsafe<Role>(Type.String({ enum: [...roles] })) }),
      { description: 'Those of the user, oldest first; the first 1,000 of them.' },
    ),
    expires_at: nullable({ ...Timestamp, description: 'Without further use.' }),
  },
  {
    $id: 'ConsoleSession',
    description: 'Who is logged in to the console.',
    examples: [
      {
        user: { uuid: '019a3c5e-6b10-7a01-8c11-2f3e4d5c6b70', email: 'ada@acme.example' },
        organizations: [{ uuid: '019a3c5e-7d14-7b52-9c0e-3f6a1d2b4c01', name: 'Acme', role: 'owner' }],
        expires_at: '2026-02-01T20:30:00.000Z',
      },
    ],
  },
);
export type ConsoleSession = Static<typeof ConsoleSession>;

export const ConsoleLoginAnswer = Type.Unsafe<ConsoleSession | Static<typeof SecondFactorAsked>>({
  $id: 'ConsoleLoginAnswer',
  description: 'Who is logged in, or what else it takes.',
  anyOf: [ref(ConsoleSession), ref(SecondFactorAsked)],
});

export const FinishedLogin = Type.Unsafe<Static<typeof TokenPair> | ConsoleSession>({
  $id: 'FinishedLogin',
  description: 'The tokens of a session; for the service’s own page who is logged in, beside a cookie.',
  anyOf: [ref(TokenPair), ref(ConsoleSession)],
});
