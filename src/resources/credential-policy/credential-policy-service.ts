import { changesBetween } from '../../changes/audit-changes.ts';
import type { MemberCaller } from '../../changes/caller.ts';
import type { ChangeRunner } from '../../changes/change-runner.ts';
import { readBriefly } from '../../db/brief-read.ts';
import type { CostlyReads } from '../../db/costly-reads.ts';
import type { Db, Tx } from '../../db/client.ts';
import { AppError, requireFound } from '../../errors.ts';
import { createSecondFactorRepository } from '../../identity/second-factor-repository.ts';
import type { PageRequest } from '../../http/pagination.ts';
import { requireVersion } from '../../http/preconditions.ts';
import { toPolicy, toPolicyRecord } from './credential-policy-record.ts';
import { createCredentialPolicyRepository } from './credential-policy-repository.ts';
import type { StoredPolicy, ViolatingClient, ViolatingMember } from './credential-policy-repository.ts';
import type { CredentialPolicyPut } from './credential-policy-schemas.ts';
import type { CredentialPolicy } from './policy-rules.ts';

/** What breaks a policy, with the policy that it breaks. */
export interface Violations {
  policy: CredentialPolicy;
  /** In the order of the page. */
  violating: (ViolatingClient | ViolatingMember)[];
}

export interface CredentialPolicyService {
  get: (caller: MemberCaller) => Promise<StoredPolicy>;
  /**
   * Puts a policy in the place of the one before. It holds for every change of a credential from then on; what breaks it
   * already goes on.
   * @throws AppError `second_factor_required` for who demands one and has none, `precondition_failed`, `not_found`
   */
  replace: (
    caller: MemberCaller,
    change: { input: CredentialPolicyPut; versions: number[] | undefined },
  ) => Promise<StoredPolicy>;
  listViolations: (caller: MemberCaller, page: PageRequest) => Promise<Violations>;
}

export interface CredentialPolicyServiceOptions {
  db: Db;
  changes: ChangeRunner;
  costlyReads: CostlyReads;
}

export function createCredentialPolicyService({
  db,
  changes,
  costlyReads,
}: CredentialPolicyServiceOptions): CredentialPolicyService {
  return {
    get: async ({ organizationId }) => requireFound(await createCredentialPolicyRepository(db, organizationId).find()),

    replace: (caller, { input, versions }) =>
      changes.run(caller, {
        lock: 'update',
        async apply({ tx, audit }) {
          const policies = createCredentialPolicyRepository(tx, caller.organizationId);
          const before = requireFound(await policies.hold());
          requireVersion(before, versions);
          if (input.second_factor_required === true) await requireOwnSecondFactor(tx, caller);
          const after = requireFound(await policies.update(toPolicy(input)));
          audit({
            action: 'credential_policy.update',
            target: { type: 'organization', id: caller.organizationId, name: after.organizationName },
            changes: changesBetween(toPolicyRecord(before), toPolicyRecord(after)),
          });
          return after;
        },
      }),

    listViolations({ organizationId }, page) {
      const read = () =>
        readBriefly(db, async (tx) => {
          const policies = createCredentialPolicyRepository(tx, organizationId);
          const clients = await policies.listViolations(page);
          const found = [...clients, ...(await policies.listViolatingMembers(page))];
          const isFirst = (one: string, other: string) => (page.order === 'newest' ? one > other : one < other);
          const violating = found.toSorted((a, b) => (isFirst(a.id, b.id) ? -1 : 1)).slice(0, page.limit);
          return { policy: requireFound(await policies.find()), violating };
        });
      return costlyReads.run(organizationId, read);
    },
  };
}

/** Nobody shuts himself out. Whom a trusted issuer let in is let in by it again. */
async function requireOwnSecondFactor(tx: Tx, { userId, sessionId }: MemberCaller): Promise<void> {
  if (sessionId === null) return;
  const { hasAuthenticator, hasPasskeys } = await createSecondFactorRepository(tx).find(userId);
  if (hasAuthenticator || hasPasskeys) return;
  const detail = 'Set up an authenticator app or a passkey for your own account first.';
  throw new AppError('second_factor_required', { detail });
}
