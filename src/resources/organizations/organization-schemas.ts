import { Type } from 'typebox';
import type { Static } from 'typebox';
import { roles } from '../../db/tables/organizations.ts';
import { Email, Id, immutable, Name, Timestamp } from '../../schemas.ts';

export const OrganizationRecord = Type.Object(
  {
    uuid: Id,
    name: Name,
    contact_email: Email,
    role: Type.String({ enum: [...roles], description: 'The caller’s own role.' }),
    created_at: Timestamp,
  },
  { $id: 'Organization' },
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
      Type.String({ maxLength: 200, description: 'The organization’s name, to show that this one is meant.' }),
    ),
  },
  { $id: 'OrganizationDelete', additionalProperties: false, examples: [{ confirm: 'Acme' }] },
);
export type OrganizationDelete = Static<typeof OrganizationDelete>;
