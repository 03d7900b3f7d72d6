import { Type } from 'typebox';
import type { Static } from 'typebox';
import { Email, GivenPassword, Id, nullable, Page, PageQuery, Timestamp } from '../../http/schemas.ts';
import { NewPassword, optionalTokens, tokenPairExample } from '../accounts/account-schemas.ts';
import { ROLE_REFERENCE, RoleName, RoleReference } from '../members/member-schemas.ts';
import { TOKEN_LENGTH, TOKEN_PATTERN } from './invitation-token.ts';

const EMAILS_MAX = 5;
const body = { additionalProperties: false } as const;

export const InvitationRecord = Type.Object(
  {
    uuid: Id,
    email: Email,
    role: RoleName,
    invited_by: nullable(
      Type.String({ maxLength: 254, description: 'The email of who invited; null once that user is gone.' }),
    ),
    created_at: Timestamp,
    sent_at: { ...Timestamp, description: 'When it was last sent.' },
    expires_at: Timestamp,
  },
  {
    $id: 'Invitation',
    description: 'An email that was asked to become a member.',
    examples: [
      {
        uuid: '019a3c5e-a2b4-7c11-8d3e-4f5a6b7c8d9e',
        email: 'grace@acme.example',
        role: 'developer',
        invited_by: 'ada@acme.example',
        created_at: '2026-01-31T12:00:00.000Z',
        sent_at: '2026-01-31T12:00:00.000Z',
        expires_at: '2026-02-07T12:00:00.000Z',
      },
    ],
  },
);
export type InvitationRecord = Static<typeof InvitationRecord>;

export const InvitationQuery = PageQuery({});
export type InvitationQuery = Static<typeof InvitationQuery>;

export const InvitationPage = Page(InvitationRecord, {
  $id: 'InvitationPage',
  description: 'Invitations of one organization that are still open, newest first.',
});

export const MembersInvite = Type.Object(
  {
    emails: Type.Array(Email, { minItems: 1, maxItems: EMAILS_MAX, uniqueItems: true }),
    role: RoleReference,
    password: Type.Optional(GivenPassword),
  },
  { ...body, $id: 'MembersInvite', examples: [{ emails: ['grace@acme.example'], role: 'developer' }] },
);

export const MemberInvite = Type.Object(
  {
    email: Email,
    role: Type.Optional({ ...RoleReference, description: `${ROLE_REFERENCE} \`reader\` where it is left out.` }),
    password: Type.Optional(GivenPassword),
  },
  { ...body, $id: 'MemberInvite', examples: [{ email: 'edsger@acme.example', role: 'reader' }] },
);

export const InvitationResend = Type.Object(
  { password: Type.Optional(GivenPassword) },
  { ...body, $id: 'InvitationResend', examples: [{}] },
);

export const inviteResults = ['invited', 'already_member', 'already_invited'] as const;
export type InviteResult = (typeof inviteResults)[number];

export const InviteResults = Type.Object(
  {
    results: Type.Array(
      Type.Object({
        email: Email,
        result: Type.Unsafe<InviteResult>(Type.String({ enum: [...inviteResults] })),
        invitation: nullable({ ...Id, description: 'The `uuid` of the open invitation; null for a member.' }),
      }),
      { maxItems: EMAILS_MAX },
    ),
  },
  {
    $id: 'InviteResults',
    description:
      'What became of each address, in lower case. It tells nothing of accounts: who has one is invited too.',
    examples: [
      {
        results: [
          { email: 'grace@acme.example', result: 'invited', invitation: '019a3c5e-a2b4-7c11-8d3e-4f5a6b7c8d9e' },
        ],
      },
    ],
  },
);
export type InviteResults = Static<typeof InviteResults>;

export const InvitationAccept = Type.Object(
  {
    token: Type.String({
      pattern: TOKEN_PATTERN,
      maxLength: TOKEN_LENGTH,
      description: 'From the mail: what stands behind the # of its link.',
    }),
    password: Type.Optional(NewPassword),
  },
  {
    ...body,
    $id: 'InvitationAccept',
    examples: [{ token: 'mE6Tz0uQ3v1oYx8rK2aWc5dLhJ9sPnB4gFiUqVtXyZ0', password: 'Correct-Horse-7' }],
  },
);

export const InvitationAccepted = Type.Object(
  {
    ...optionalTokens,
    organization: Type.Object({ uuid: Id, name: Type.String() }),
    role: RoleName,
  },
  {
    $id: 'InvitationAccepted',
    description:
      'The organization, and the caller’s role in it. With the tokens of a session, as `login/` gives them, where the ' +
      'account was made with this; the service’s own page gets a cookie in their place. Who was logged in goes on as before.',
    examples: [
      {
        ...tokenPairExample,
        organization: { uuid: '019a3c5e-7d14-7b52-9c0e-3f6a1d2b4c01', name: 'Acme' },
        role: 'developer',
      },
    ],
  },
);
export type InvitationAccepted = Static<typeof InvitationAccepted>;
