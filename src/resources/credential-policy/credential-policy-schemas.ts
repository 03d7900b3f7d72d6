import { Type } from 'typebox';
import type { Static } from 'typebox';
import { clientStatuses, environments } from '../../db/tables/api-clients.ts';
import type { ClientStatus, Environment } from '../../db/tables/api-clients.ts';
import { ClientId, Email, GivenPassword, Id, Name, nullable, Page, PageQuery } from '../../http/schemas.ts';
import { policyRules } from './policy-rules.ts';

const DAYS_MAX = 3_650;
const OVERLAP_SECONDS_MAX = 30 * 86_400;

const EnvironmentName = Type.Unsafe<Environment>(Type.String({ enum: [...environments] }));
const Environments = (description: string) =>
  Type.Array(EnvironmentName, { maxItems: environments.length, uniqueItems: true, description });
const Days = (description: string) => nullable(Type.Integer({ minimum: 1, maximum: DAYS_MAX, description }));

const rules = {
  max_secret_lifetime_days: Days('From the making of a secret to its end, or its client’s; every secret has one then.'),
  expiry_required_for: Environments('Where a secret or its client must have an end.'),
  max_overlap_seconds: nullable(
    Type.Integer({
      minimum: 0,
      maximum: OVERLAP_SECONDS_MAX,
      description: 'How long an old secret may work beside a new one.',
    }),
  ),
  allowed_ips_required_for: Environments('Where an API client must be bound to addresses.'),
  second_factor_required: Type.Boolean({
    description:
      'Whether every member must have a second factor. Who has none gets 403 `second_factor_required` on all routes of the ' +
      'organization, until one is set up. A trusted issuer answers for its users.',
  }),
  unused_pause_days: Days(
    'An API client that was not used for so long is paused, a week after a mail has announced it.',
  ),
};

const example = {
  max_secret_lifetime_days: 90,
  expiry_required_for: ['live'],
  max_overlap_seconds: 86_400,
  allowed_ips_required_for: [],
  second_factor_required: false,
  unused_pause_days: 180,
};

export const CredentialPolicyRecord = Type.Object(rules, {
  $id: 'CredentialPolicy',
  description: 'What an organization demands of its credentials. Null and empty demand nothing.',
  examples: [example],
});
export type CredentialPolicyRecord = Static<typeof CredentialPolicyRecord>;

export const CredentialPolicyPut = Type.Object(
  {
    max_secret_lifetime_days: Type.Optional(rules.max_secret_lifetime_days),
    expiry_required_for: Type.Optional(rules.expiry_required_for),
    max_overlap_seconds: Type.Optional(rules.max_overlap_seconds),
    allowed_ips_required_for: Type.Optional(rules.allowed_ips_required_for),
    second_factor_required: Type.Optional(rules.second_factor_required),
    unused_pause_days: Type.Optional(rules.unused_pause_days),
    password: Type.Optional(GivenPassword),
  },
  { $id: 'CredentialPolicyPut', additionalProperties: false, examples: [example] },
);
export type CredentialPolicyPut = Static<typeof CredentialPolicyPut>;

const Violation = Type.Object({
  rule: Type.String({ enum: [...policyRules, 'second_factor_required'] }),
  value: Type.Union([Type.Boolean(), Type.Integer(), Type.Array(EnvironmentName)], { description: 'Of the rule.' }),
  secret_id: nullable({ ...Id, description: 'The secret that breaks it; null where the API client does.' }),
  detail: Type.String({ description: 'What the rule demands, in words.' }),
});

export const PolicyViolation = Type.Object(
  {
    client_id: nullable({ ...ClientId, description: 'Null where it is a member, and so are the next three.' }),
    name: nullable(Name),
    environment: Type.Unsafe<Environment | null>({ type: ['string', 'null'], enum: [...environments, null] }),
    status: Type.Unsafe<ClientStatus | null>({ type: ['string', 'null'], enum: [...clientStatuses, null] }),
    member: Type.Unsafe<{ uuid: string; email: string } | null>({
      ...Type.Object({ uuid: Id, email: Email }),
      type: ['object', 'null'],
      description: 'Who has no second factor; null where it is an API client.',
    }),
    violations: Type.Array(Violation),
  },
  {
    $id: 'PolicyViolation',
    description: 'An API client, or a member, that breaks the credential policy.',
    examples: [
      {
        client_id: 'Vb3nR8yKq0sL5tXw1Zc9Dg',
        name: 'Onboarding backend',
        environment: 'live',
        status: 'active',
        member: null,
        violations: [
          {
            rule: 'expiry_required_for',
            value: ['live'],
            secret_id: '019a3c5e-9b33-7f10-a2d4-8c7b6a594803',
            detail: 'the end of the secret is required: the credential policy demands an end in live',
          },
        ],
      },
    ],
  },
);
export type PolicyViolation = Static<typeof PolicyViolation>;

export const PolicyViolationPage = Page(PolicyViolation, {
  $id: 'PolicyViolationPage',
  description: 'The API clients and members that break the policy: newest first, unless asked otherwise.',
});
export const PolicyViolationQuery = PageQuery({});
export type PolicyViolationQuery = Static<typeof PolicyViolationQuery>;
