import { and, eq, gt, isNull, not, or, sql } from 'drizzle-orm';
import type { Db, Tx } from '../../db/client.ts';
import { ownedKeyset } from '../../db/keyset.ts';
import { apiClients } from '../../db/tables/api-clients.ts';
import type { ClientStatus, Environment } from '../../db/tables/api-clients.ts';
import { memberships, organizations } from '../../db/tables/organizations.ts';
import { hasSecondFactor } from '../../db/tables/second-factors.ts';
import { secrets } from '../../db/tables/secrets.ts';
import { users } from '../../db/tables/users.ts';
import type { PageRequest } from '../../http/pagination.ts';
import { LIFETIME_SLACK_SECONDS, OVERLAP_SLACK_SECONDS } from './policy-rules.ts';
import type { CredentialPolicy } from './policy-rules.ts';

/** The policy with what its change goes by. */
export interface StoredPolicy extends CredentialPolicy {
  organizationName: string;
  version: number;
}

/** An API client that breaks the policy, with its usable secrets. Times are RFC 3339. */
export interface ViolatingClient {
  id: string;
  clientId: string;
  name: string;
  environment: Environment;
  status: ClientStatus;
  allowedIps: string[];
  secrets: ViolatingSecret[];
}

/** A member without the second factor that the policy demands. */
export interface ViolatingMember {
  id: string;
  email: string;
}

export interface ViolatingSecret {
  id: string;
  startsAt: string;
  endsAt: string | null;
  /** How long it goes on beside the active one; null for one that is active itself. */
  overlapSeconds: number | null;
}

const columns = {
  maxSecretLifetimeDays: organizations.maxSecretLifetimeDays,
  expiryRequiredFor: sql<Environment[]>`${organizations.expiryRequiredFor}`,
  maxOverlapSeconds: organizations.maxOverlapSeconds,
  allowedIpsRequiredFor: sql<Environment[]>`${organizations.allowedIpsRequiredFor}`,
  isSecondFactorRequired: organizations.isSecondFactorRequired,
  unusedPauseDays: organizations.unusedPauseDays,
  organizationName: organizations.name,
  version: organizations.policyVersion,
};

const end = sql`least(${secrets.expiresAt}, ${apiClients.expiresAt})`;
const isUsable = sql`${secrets.endedAt} is null and (${end} is null or ${end} > now())`;
const ofClient = sql`from ${secrets} where ${secrets.apiClientId} = ${apiClients.id} and ${isUsable}`;
const latestEnd = sql`${secrets.createdAt}
  + make_interval(days => ${organizations.maxSecretLifetimeDays}, secs => ${LIFETIME_SLACK_SECONDS})`;

/** Of a retiring one. What it has gone on already is no matter: it is what comes that can be made shorter. */
const overlapSeconds = sql`case when ${secrets.status} = 'retiring' then extract(epoch from ${end} - now()) end`;

/** What the rules say, for Postgres: the same as `explainLife`, `explainOverlapEnd` and `explainAllowedIps`. */
const breaksSecrets = sql`exists (
  select ${ofClient} and (
    (${end} is null and (${apiClients.environment} = any (${organizations.expiryRequiredFor})
      or ${organizations.maxSecretLifetimeDays} is not null))
    or ${end} > ${latestEnd}
    or ${overlapSeconds} > ${organizations.maxOverlapSeconds} + ${OVERLAP_SLACK_SECONDS}
  )
)`;
const breaksAllowedIps = sql`(
  cardinality(${apiClients.allowedIps}) = 0 and ${apiClients.environment} = any (${organizations.allowedIpsRequiredFor})
)`;

export type CredentialPolicyRepository = ReturnType<typeof createCredentialPolicyRepository>;

/** The credential policy of one organization; those of others do not exist here. */
export function createCredentialPolicyRepository(db: Db | Tx, organizationId: string) {
  const owned = eq(organizations.id, organizationId);

  return {
    async find(): Promise<StoredPolicy | null> {
      const [row] = await db.select(columns).from(organizations).where(owned);
      return row ?? null;
    },

    /** Waits for all who go by the policy, and makes them wait until the transaction ends. */
    async hold(): Promise<StoredPolicy | null> {
      const [row] = await db.select(columns).from(organizations).where(owned).for('update');
      return row ?? null;
    },

    async update(policy: CredentialPolicy): Promise<StoredPolicy | null> {
      const version = sql`${organizations.policyVersion} + 1`;
      const [row] = await db
        .update(organizations)
        .set({ ...policy, policyVersion: version })
        .where(owned)
        .returning(columns);
      return row ?? null;
    },

    /** The members that break the policy as it is now. */
    async listViolatingMembers(page: PageRequest): Promise<ViolatingMember[]> {
      const { isOnPage, inOrder } = ownedKeyset(
        { owner: memberships.organizationId, id: memberships.id, ownerId: organizationId },
        page,
      );
      return db
        .select({ id: memberships.id, email: users.email })
        .from(memberships)
        .innerJoin(users, eq(users.id, memberships.userId))
        .innerJoin(organizations, eq(organizations.id, memberships.organizationId))
        .where(and(isOnPage, organizations.isSecondFactorRequired, not(hasSecondFactor(memberships.userId))))
        .orderBy(inOrder)
        .limit(page.limit);
    },

    /** The clients that break the policy as it is now. What has ended breaks nothing. */
    async listViolations(page: PageRequest): Promise<ViolatingClient[]> {
      const { isOnPage, inOrder } = ownedKeyset(
        { owner: apiClients.organizationId, id: apiClients.id, ownerId: organizationId },
        page,
      );
      return db
        .select({
          id: apiClients.id,
          clientId: apiClients.clientId,
          name: apiClients.name,
          environment: apiClients.environment,
          status: apiClients.status,
          allowedIps: apiClients.allowedIps,
          secrets: sql<ViolatingClient['secrets']>`coalesce((
            select json_agg(json_build_object('id', ${secrets.id}, 'startsAt', ${secrets.createdAt}, 'endsAt', ${end},
              'overlapSeconds', ${overlapSeconds} - ${OVERLAP_SLACK_SECONDS}) order by ${secrets.id}) ${ofClient}
          ), '[]')`,
        })
        .from(apiClients)
        .innerJoin(organizations, eq(organizations.id, apiClients.organizationId))
        .where(
          and(
            isOnPage,
            or(isNull(apiClients.expiresAt), gt(apiClients.expiresAt, sql`now()`)),
            or(breaksSecrets, breaksAllowedIps),
          ),
        )
        .orderBy(inOrder)
        .limit(page.limit);
    },
  };
}
