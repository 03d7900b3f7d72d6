import type { Role } from '../db/tables/organizations.ts';

/** Who asks for a change, and in which request. */
export interface Caller {
  requestId: string;
  /** Null on a public route. */
  userId: string | null;
  /** The organization in the path; null where there is none. */
  organizationId: string | null;
}

/** A person who is logged in. */
export interface UserCaller extends Caller {
  userId: string;
  email: string;
}

/** A member of the organization in the path, whose role the access check has read. */
export interface MemberCaller extends UserCaller {
  organizationId: string;
  role: Role;
}
