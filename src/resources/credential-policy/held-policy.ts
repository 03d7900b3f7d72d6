import { eq, sql } from 'drizzle-orm';
import type { Db, Tx } from '../../db/client.ts';
import { nameStatement } from '../../db/named-query.ts';
import type { Environment } from '../../db/tables/api-clients.ts';
import { organizations } from '../../db/tables/organizations.ts';
import { AppError } from '../../errors.ts';
import type { CredentialPolicy } from './policy-rules.ts';

/** A policy that nobody changes until the transaction ends. */
export interface HeldPolicy extends CredentialPolicy {
  /** When the transaction began, by the database's clock. */
  now: Date;
}

/** The columns of a policy, and the time, in their order. */
export type PolicyCells = [
  maxSecretLifetimeDays: number | null,
  expiryRequiredFor: Environment[],
  maxOverlapSeconds: number | null,
  allowedIpsRequiredFor: Environment[],
  isSecondFactorRequired: boolean,
  unusedPauseDays: number | null,
  nowMs: number,
];

const select = (db: Db | Tx) =>
  db
    .select({
      maxSecretLifetimeDays: organizations.maxSecretLifetimeDays,
      expiryRequiredFor: organizations.expiryRequiredFor,
      maxOverlapSeconds: organizations.maxOverlapSeconds,
      allowedIpsRequiredFor: organizations.allowedIpsRequiredFor,
      isSecondFactorRequired: organizations.isSecondFactorRequired,
      unusedPauseDays: organizations.unusedPauseDays,
      nowMs: sql<number>`extract(epoch from now())::float8 * 1000`,
    })
    .from(organizations)
    .where(eq(organizations.id, sql.placeholder('id')));

const hold = nameStatement<PolicyCells>('hold_organization', (db) => select(db).for('no key update'));
const share = nameStatement<PolicyCells>('share_policy', (db) => select(db).for('key share'));

/**
 * The policy of an organization to which something is added, and the organization held: others add nothing to it until
 * the transaction ends. Held before anything that belongs to the organization, as its deletion does.
 * @throws AppError `not_found` when the organization is gone
 */
export async function holdPolicy(tx: Tx, organizationId: string): Promise<HeldPolicy> {
  return requirePolicy(await hold(tx, { id: organizationId }));
}

/**
 * The policy of an organization in which a credential is changed. A change of the policy waits for the transaction, and
 * this for one that is under way: each knows of the other. Changes of credentials do not wait for each other. Taken
 * before anything that belongs to the organization.
 * @throws AppError `not_found` when the organization is gone
 */
export async function sharePolicy(tx: Tx, organizationId: string): Promise<HeldPolicy> {
  return requirePolicy(await share(tx, { id: organizationId }));
}

function requirePolicy([row]: PolicyCells[]): HeldPolicy {
  if (row === undefined) throw new AppError('not_found');
  return toPolicy(row);
}

export function toPolicy(row: PolicyCells): HeldPolicy {
  return {
    maxSecretLifetimeDays: row[0],
    expiryRequiredFor: row[1],
    maxOverlapSeconds: row[2],
    allowedIpsRequiredFor: row[3],
    isSecondFactorRequired: row[4],
    unusedPauseDays: row[5],
    now: new Date(row[6]),
  };
}
