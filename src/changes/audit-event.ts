import { v7 as uuidv7 } from 'uuid';
import type { ChainType } from '../db/tables/audit.ts';
import { toCanonicalMembers } from '../rules/canonical-json.ts';
import type { Json } from '../rules/canonical-json.ts';
import { toHarmlessUserAgent } from '../rules/user-agents.ts';
import type { ActorType, AuditAction, AuditTargetType } from './audit-actions.ts';
import { boundChanges } from './audit-changes.ts';
import type { AuditChanges } from './audit-changes.ts';
import type { Caller } from './caller.ts';

/** Whose chain an event stands in. */
export interface AuditChain {
  type: ChainType;
  id: string;
}

export interface AuditActor {
  type: ActorType;
  /** Null where nobody has proven to be anybody. */
  id: string | null;
  email: string | null;
}

export interface AuditTarget {
  type: AuditTargetType;
  /** As callers know it: an API client by its `client_id`. */
  id: string;
  name: string | null;
}

/** What was done, as the code that did it says it. Never holds a secret, a hash, a code, a token or anything sealed. */
export interface AuditEvent {
  action: AuditAction;
  target: AuditTarget;
  changes?: AuditChanges;
  /** Default: the organization in the caller's path. */
  chain?: AuditChain;
  /** Default: the caller. */
  actor?: AuditActor;
  /** Leaves out from where the caller did it: for the chain of a person whom that does not concern. */
  hidesOrigin?: boolean;
}

/** An event ready to be appended: all of it but what only its chain knows. */
export interface ComposedEvent {
  chain: AuditChain;
  action: AuditAction;
  actorId: string | null;
  targetId: string;
  /** Canonical JSON (RFC 8785) in four parts; between them go the time, the hash before this one, and the sequence. */
  parts: [string, string, string, string];
}

const NAME_MAX = 256;

/** Adds to an event who asked for it and in which request. */
export function composeEvent(event: AuditEvent, caller: Caller): ComposedEvent {
  const { action, actor = actorOf(caller), hidesOrigin = false } = event;
  const { ip, userAgent } = hidesOrigin ? { ip: null, userAgent: null } : caller;
  const target = { ...event.target, name: event.target.name?.slice(0, NAME_MAX).toWellFormed() ?? null };
  const changes = boundChanges(event.changes ?? {});
  const members = (some: Record<string, Json>) => toCanonicalMembers(some);
  return {
    chain: event.chain ?? chainOf(caller),
    action,
    actorId: actor.id,
    targetId: target.id,
    parts: [
      `{${members({ action, actor: { ...actor } })},"at":"`,
      `",${members({ changes, ip })},"previous_hash":"`,
      `",${members({ request_id: caller.requestId })},"sequence":`,
      `,${members({ target, user_agent: toHarmlessUserAgent(userAgent), uuid: uuidv7() })}}`,
    ],
  };
}

function actorOf({ type, userId, email }: Caller): AuditActor {
  return { type, id: userId, email };
}

function chainOf({ organizationId }: Caller): AuditChain {
  if (organizationId === null) throw new Error('an event outside of an organization says whose chain it stands in');
  return { type: 'organization', id: organizationId };
}
