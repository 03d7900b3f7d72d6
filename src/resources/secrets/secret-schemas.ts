import { Type } from 'typebox';
import type { Static } from 'typebox';
import { secretStatuses } from '../../db/tables/secrets.ts';
import type { SecretStatus } from '../../db/tables/secrets.ts';
import {
  CreatedBy,
  FutureTimestamp,
  Id,
  immutable,
  nullable,
  Page,
  SecretHint,
  Timestamp,
} from '../../http/schemas.ts';
import type { Rotation } from './secret-rotation.ts';

export const OVERLAP_SECONDS_MAX = 30 * 86_400;

export const SecretRegenerate = Type.Object(
  {
    overlap_seconds: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: OVERLAP_SECONDS_MAX,
        description: 'How long the old secret goes on working; 0, the default, ends it at once.',
      }),
    ),
    expires_at: Type.Optional(nullable({ ...FutureTimestamp, description: 'The end of the new secret.' })),
    force: Type.Optional(
      Type.Boolean({ description: 'Ends at once what still works from the rotation before; otherwise that is a 409.' }),
    ),
  },
  { $id: 'SecretRegenerate', additionalProperties: false, examples: [{ overlap_seconds: 86_400 }] },
);
export type SecretRegenerate = Static<typeof SecretRegenerate>;

/** What a request says of a rotation, or leaves open. */
export function toRotation(body: SecretRegenerate): Rotation {
  const { overlap_seconds: overlapSeconds = 0, expires_at: expiresAt = null, force: isForced = false } = body;
  return { overlapSeconds, expiresAt, isForced };
}

export const SecretUpdate = Type.Object(
  {
    expires_at: Type.Optional(
      nullable({
        ...FutureTimestamp,
        description: 'RFC 3339, in the future; null for no end. Of a retiring secret, within 30 days.',
      }),
    ),
    uuid: immutable(),
    hint: immutable(),
    status: immutable(),
    created_at: immutable(),
    created_by: immutable(),
    last_used_at: immutable(),
    last_used_ip: immutable(),
    ended_at: immutable(),
    ended_by: immutable(),
  },
  {
    $id: 'SecretUpdate',
    additionalProperties: false,
    examples: [{ expires_at: '2099-01-31T12:00:00Z' }],
  },
);
export type SecretUpdate = Static<typeof SecretUpdate>;

export const RevokeQuery = Type.Object(
  {
    force: Type.Optional(Type.Boolean({ description: 'Ends also a secret that was used within the last hour.' })),
  },
  { additionalProperties: false },
);

export const SecretSummaryRecord = Type.Object(
  {
    uuid: Id,
    hint: SecretHint,
    status: Type.Unsafe<SecretStatus>(
      Type.String({
        enum: [...secretStatuses],
        description: '`retiring`: works until its end, beside the active one. `expired` and `revoked` have ended.',
      }),
    ),
    created_at: Timestamp,
    created_by: nullable(CreatedBy),
    expires_at: nullable({ ...Timestamp, description: 'Of one that has ended, when it did.' }),
    last_used_at: nullable(Timestamp),
    last_used_ip: nullable(
      Type.String({ maxLength: 43, description: 'The network of the last use: a /24 (IPv4) or a /48 (IPv6).' }),
    ),
    ended_at: nullable(Timestamp),
    ended_by: nullable({ ...CreatedBy, description: 'The email of the user; null also where it ran out.' }),
  },
  {
    $id: 'Secret',
    description: 'A secret of an API client, without the secret. One that has ended is kept for 90 days.',
    examples: [
      {
        uuid: '019a3c5e-9b33-7f10-a2d4-8c7b6a594803',
        hint: 'm4Tz',
        status: 'active',
        created_at: '2026-01-31T12:00:00.000Z',
        created_by: 'ada@acme.example',
        expires_at: null,
        last_used_at: '2026-02-01T08:30:00.000Z',
        last_used_ip: '192.0.2.0/24',
        ended_at: null,
        ended_by: null,
      },
    ],
  },
);
export type SecretSummaryRecord = Static<typeof SecretSummaryRecord>;

export const SecretPage = Page(SecretSummaryRecord, {
  $id: 'SecretPage',
  description: 'Newest first, unless asked otherwise.',
});
