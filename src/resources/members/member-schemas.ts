import { Type } from 'typebox';
import type { Static } from 'typebox';
import { roles } from '../../db/tables/organizations.ts';
import { Email, GivenPassword, Id, immutable, nullable, Page, PageQuery, Timestamp } from '../../http/schemas.ts';
import { roleReferences } from './role-catalogue.ts';

export const RoleName = Type.Unsafe<(typeof roles)[number]>(Type.String({ enum: [...roles] }));

export const ROLE_REFERENCE = 'A role, by its name or by its `uuid` as `roles/` lists it.';

/** A role in a request. */
export const RoleReference = Type.String({ enum: [...roleReferences], description: ROLE_REFERENCE });

export const MemberRecord = Type.Object(
  {
    uuid: { ...Id, description: 'Of the membership; the same person has another one in another organization.' },
    email: Email,
    role: RoleName,
    has_second_factor: Type.Boolean(),
    joined_at: Timestamp,
    last_seen_at: nullable({ ...Timestamp, description: 'When the person last used this service; may lag a little.' }),
  },
  {
    $id: 'Member',
    description: 'A person’s place in an organization.',
    examples: [
      {
        uuid: '019a3c5e-9b31-7d0a-a1c4-0f2e3d4c5b6a',
        email: 'grace@acme.example',
        role: 'developer',
        has_second_factor: false,
        joined_at: '2026-01-31T12:00:00.000Z',
        last_seen_at: null,
      },
    ],
  },
);
export type MemberRecord = Static<typeof MemberRecord>;

export const MemberQuery = PageQuery({});
export type MemberQuery = Static<typeof MemberQuery>;

export const MemberPage = Page(MemberRecord, {
  $id: 'MemberPage',
  description: 'Members of one organization, those who joined last first.',
});

export const MemberUpdate = Type.Object(
  {
    role: Type.Optional(RoleReference),
    password: Type.Optional(GivenPassword),
    uuid: immutable(),
    email: immutable(),
    has_second_factor: immutable(),
    joined_at: immutable(),
    last_seen_at: immutable(),
  },
  { $id: 'MemberUpdate', additionalProperties: false, examples: [{ role: 'developer' }] },
);
export type MemberUpdate = Static<typeof MemberUpdate>;

export const MemberDelete = Type.Object(
  { password: Type.Optional(GivenPassword) },
  { $id: 'MemberDelete', additionalProperties: false, examples: [{}] },
);

const RoleRecord = Type.Object({
  uuid: { ...Id, description: 'The same in every deployment, for ever.' },
  name: RoleName,
  description: Type.String(),
  permissions: Type.Array(Type.String(), { maxItems: 100, description: 'What members of this role may do.' }),
});

export const RoleList = Type.Object(
  { results: Type.Array(RoleRecord, { maxItems: roles.length }) },
  {
    $id: 'RoleList',
    description: 'The roles, the most powerful first. They are the same in every organization.',
    examples: [
      {
        results: [
          {
            uuid: '01900000-0000-7000-8000-000000000004',
            name: 'reader',
            description: 'Reads everything but the audit trail and invitations, and changes nothing.',
            permissions: ['organization.read', 'applications.read'],
          },
        ],
      },
    ],
  },
);
