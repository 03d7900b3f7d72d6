import { Type } from 'typebox';
import type { Static } from 'typebox';
import { Id, nullable, ref, SecretHint, Timestamp } from '../../http/schemas.ts';

const OVERLAP_SECONDS_MAX = 30 * 86_400;

export const SecretRegenerate = Type.Object(
  {
    overlap_seconds: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: OVERLAP_SECONDS_MAX,
        description: 'How long the old secret goes on working; 0, the default, ends it at once.',
      }),
    ),
  },
  { $id: 'SecretRegenerate', additionalProperties: false, examples: [{}] },
);
export type SecretRegenerate = Static<typeof SecretRegenerate>;

export const SecretSummaryRecord = Type.Object(
  {
    uuid: Id,
    hint: SecretHint,
    status: Type.String({ enum: ['active', 'expiring'], description: '`expiring`: kept through an overlap.' }),
    created_at: Timestamp,
    expires_at: nullable(Timestamp),
    last_used_at: nullable(Timestamp),
  },
  {
    $id: 'Secret',
    description: 'A usable secret of an API client, without the secret.',
    examples: [
      {
        uuid: '019a3c5e-9b33-7f10-a2d4-8c7b6a594803',
        hint: 'm4Tz',
        status: 'active',
        created_at: '2026-01-31T12:00:00.000Z',
        expires_at: null,
        last_used_at: '2026-02-01T08:30:00.000Z',
      },
    ],
  },
);

export const SecretList = Type.Object(
  { results: Type.Array(ref(SecretSummaryRecord), { maxItems: 2 }) },
  { $id: 'SecretList', description: 'Oldest first; at most two.' },
);
