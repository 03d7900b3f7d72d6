import type { MemberCaller } from '../../changes/caller.ts';
import type { Db } from '../../db/client.ts';
import { requireFound } from '../../errors.ts';
import { createApiClientRepository } from '../api-clients/api-client-repository.ts';
import { createApplicationRepository } from '../applications/application-repository.ts';
import { createUsageRepository } from './usage-repository.ts';
import type { Usage } from './usage-repository.ts';

/** How often credentials were checked, day by day. */
export interface UsageService {
  /** @throws AppError `not_found` */
  ofClient: (caller: MemberCaller, clientId: string, days: number) => Promise<Usage>;
  /** @throws AppError `not_found` */
  ofApplication: (caller: MemberCaller, applicationId: string, days: number) => Promise<Usage>;
  ofOrganization: (caller: MemberCaller, days: number) => Promise<Usage>;
}

export function createUsageService({ db }: { db: Db }): UsageService {
  const usage = createUsageRepository(db);
  return {
    async ofClient({ organizationId }, clientId, days) {
      const { id } = requireFound(await createApiClientRepository(db, organizationId).find(clientId));
      return usage.find(id, days);
    },

    async ofApplication({ organizationId }, applicationId, days) {
      const { id } = requireFound(await createApplicationRepository(db, organizationId).find(applicationId));
      return usage.find(id, days);
    },

    ofOrganization: ({ organizationId }, days) => usage.find(organizationId, days),
  };
}
