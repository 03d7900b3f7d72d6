import { Type } from 'typebox';
import type { Static } from 'typebox';
import { roles } from '../../db/tables/organizations.ts';
import { Email, GivenPassword, Id, immutable, Name, Timestamp } from '../../http/schemas.ts';

export const OrganizationRecord = Type.Object(
  {
    uuid: Id,
    name: Name,
    contact_email: Email,
    role: Type.String({ enum: [...roles], description: 'The caller’s own role.' }),
    created_at: Timestamp,
  },
  {
    $id: 'Organization',
    description: 'An organization, and what the caller is in it.',
    examples: [
      {
        uuid: '019a3c5e-7d14-7b52-9c0e-3f6a1d2b4c01',
        name: 'Acme',
        contact_email: 'platform@acme.example',
        role: 'owner',
        created_at: '2026-01-31T12:00:00.000Z',
      },
    ],
  },
);
export type OrganizationRecord = Static<typeof OrganizationRecord>;

export const OrganizationCreate = Type.Object(
  { name: Name, contact_email: Type.Optional(Email) },
  {
    $id: 'OrganizationCreate',
    additionalProperties: false,
    examples: [{ name: 'Acme', contact_email: 'platform@acme.example' }],
  },
);
export type OrganizationCreate = Static<typeof OrganizationCreate>;

export const OrganizationUpdate = Type.Object(
  {
    name: Type.Optional(Name),
    contact_email: Type.Optional(Email),
    uuid: immutable(),
    role: immutable(),
    created_at: immutable(),
  },
  { $id: 'OrganizationUpdate', additionalProperties: false, examples: [{ name: 'Acme Corporation' }] },
);
export type OrganizationUpdate = Static<typeof OrganizationUpdate>;

export const OrganizationDelete = Type.Object(
  {
    confirm: Type.Optional(
      Type.String({
        format: 'paragraph',
        maxLength: 200,
        description: 'The organization’s name, to show that this one is meant.',
      }),
    ),
    password: Type.Optional(GivenPassword),
  },
  { $id: 'OrganizationDelete', additionalProperties: false, examples: [{ confirm: 'Acme' }] },
);
export type OrganizationDelete = Static<typeof OrganizationDelete>;
