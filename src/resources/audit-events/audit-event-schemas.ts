import { Type } from 'typebox';
import type { Static } from 'typebox';
import { actorTypes, auditActions, auditTargets } from '../../changes/audit-actions.ts';
import type { AuditAction } from '../../changes/audit-actions.ts';
import { Id, nullable, Page, PageQuery, Timestamp } from '../../http/schemas.ts';

const Hash = Type.String({ minLength: 64, maxLength: 64, description: 'SHA-256 in hexadecimal.' });
const Sequence = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER });
// Without a type: the serializer would make one text of a list.
const Value = Type.Unknown({ description: 'A text, a number, a boolean, a list of texts, or null.' });

export const AuditEventRecord = Type.Object(
  {
    sequence: Type.Integer({ minimum: 1, description: 'Its place in the chain, without gaps.' }),
    uuid: Id,
    at: Timestamp,
    actor: Type.Object({
      type: Type.String({ enum: [...actorTypes] }),
      id: nullable(Type.String({ description: 'Null where nobody had proven to be anybody.' })),
      email: nullable(Type.String()),
    }),
    action: Type.String({ enum: [...auditActions] }),
    target: Type.Object({
      type: Type.String({ enum: [...auditTargets] }),
      id: Type.String({ description: 'As the API names it: an API client by its `client_id`.' }),
      name: nullable(Type.String({ description: 'As it was then.' })),
    }),
    changes: Type.Record(Type.String(), Type.Object({ from: Value, to: Value }), {
      description: 'Field by field. Texts beyond 256 characters and lists beyond 20 items are shortened.',
    }),
    ip: nullable(Type.String({ description: 'Where the request came from; null for commands of the operator.' })),
    user_agent: nullable(Type.String({ description: 'The first 200 characters, without what could be a secret.' })),
    request_id: Type.String(),
    previous_hash: Type.String({ ...Hash, description: 'The `hash` of the event before this one.' }),
    hash: Type.String({
      ...Hash,
      description: 'SHA-256 in hexadecimal of the canonical JSON (RFC 8785) of the other members.',
    }),
  },
  {
    $id: 'AuditEvent',
    description: 'What was done, by whom and from where. Each event names the hash of the one before it.',
    examples: [
      {
        sequence: 2,
        uuid: '019a3c5e-9b33-7f10-a2d4-8c7b6a594803',
        at: '2026-01-31T12:00:00.000Z',
        actor: { type: 'user', id: '019a3c5e-7d14-7b52-9c0e-3f6a1d2b4c01', email: 'ada@acme.example' },
        action: 'api_client.update',
        target: { type: 'api_client', id: 'u1Zr0wT8mJ3kQ5xYb7Nc2A', name: 'Backend' },
        changes: { status: { from: 'active', to: 'paused' } },
        ip: '192.0.2.7',
        user_agent: 'curl/8.5.0',
        request_id: '5b0c0a52-6c1e-4d5e-9a55-0c6a3c1f7e21',
        previous_hash: '2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae',
        hash: 'fcde2b2edba56bf408601fb721fe9b5c338d10ee429ea04fae5511b68fbf8fb9',
      },
    ],
  },
);
export type AuditEventRecord = Static<typeof AuditEventRecord>;

export const AuditEventPage = Page(AuditEventRecord, {
  $id: 'AuditEventPage',
  description: 'One page of audit events, newest first unless asked otherwise.',
});

export const AuditEventQuery = PageQuery({
  actor: Type.Optional(Type.String({ format: 'line', maxLength: 64, description: 'The `id` of who did it.' })),
  action: Type.Optional(Type.Unsafe<AuditAction>(Type.String({ enum: [...auditActions] }))),
  target: Type.Optional(
    Type.String({ format: 'line', maxLength: 128, description: 'The `id` of what it was done to.' }),
  ),
  from: Type.Optional(Type.String({ format: 'date-time', maxLength: 35, description: 'At that moment or later.' })),
  to: Type.Optional(Type.String({ format: 'date-time', maxLength: 35, description: 'Before that moment.' })),
});
export type AuditEventQuery = Static<typeof AuditEventQuery>;

export const AuditHeadRecord = Type.Object(
  {
    sequence: Type.Integer({ ...Sequence, description: 'Of the newest event; 0 before the first.' }),
    hash: Hash,
    at: nullable(Timestamp),
    jws: Type.String({
      description:
        'The same, signed by a key of `/.well-known/jwks.json` (compact JWS, `typ` `latchkey-audit-head`). Keep it elsewhere.',
    }),
  },
  {
    $id: 'AuditHead',
    description: 'Where the chain of audit events ends.',
    examples: [
      {
        sequence: 2,
        hash: 'fcde2b2edba56bf408601fb721fe9b5c338d10ee429ea04fae5511b68fbf8fb9',
        at: '2026-01-31T12:00:00.000Z',
        jws: 'eyJhbGciOiJSUzI1NiIsInR5cCI6…',
      },
    ],
  },
);
export type AuditHeadRecord = Static<typeof AuditHeadRecord>;
