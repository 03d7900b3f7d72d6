import { randomUUID } from 'node:crypto';
import type { Db, Tx } from '../db/client.ts';
import type { Role } from '../db/tables/organizations.ts';
import type { ActorType } from './audit-actions.ts';
import type { Retry } from './retry.ts';

/** How a change holds the row of its organization, before all else that it locks; in Postgres's words. */
export type OrganizationLock = 'key share' | 'no key update' | 'update';

/** Who asks for a change, and in which request. */
export interface Caller {
  type: ActorType;
  requestId: string;
  /** Null on a public route. */
  userId: string | null;
  /** Of that user. */
  email: string | null;
  /** The organization in the path; null where there is none. */
  organizationId: string | null;
  /** The address the request came from; null where there was none. */
  ip: string | null;
  userAgent: string | null;
  /** Where the request may be sent again. */
  retry?: Retry | undefined;
  /** Of a member of the organization in the path. */
  holdAccess?: HoldAccess;
  /** Called when what the change found and made is so for everybody, where the answer has to wait for that. */
  onSettled?: (() => void) | undefined;
}

/**
 * Makes the access check of the request once more, by what nobody changes until the transaction ends.
 * @returns the role of the member
 * @throws AppError `unauthorized`, `not_found`, `second_factor_required`, `insufficient_role`
 */
export type HoldAccess = (tx: Db | Tx, lock: OrganizationLock) => Promise<Role>;

/** A person who is logged in. */
export interface UserCaller extends Caller {
  userId: string;
  email: string;
  /** Null where another issuer holds the session. */
  sessionId: string | null;
  /** Since the person last proved to be this user, and did not only bring a token or cookie. */
  provenSecondsAgo: number;
}

/** A member of the organization in the path. The role is no part of it: what a change goes by is read with the change. */
export interface MemberCaller extends UserCaller {
  organizationId: string;
  /** The least role that the route asks for. */
  least: Role;
  holdAccess: HoldAccess;
}

/** A command of the operator, or what the service does by itself. */
export function systemCaller(): Caller {
  const nobody = { userId: null, email: null, organizationId: null, ip: null, userAgent: null };
  return { type: 'system', requestId: randomUUID(), ...nobody };
}
