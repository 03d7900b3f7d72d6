import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { OrganizationParams, ref } from '../../http/schemas.ts';
import { memberOf } from '../../identity/callers.ts';
import { ApiClientParams } from '../api-clients/api-client-routes.ts';
import { ApplicationParams } from '../applications/application-routes.ts';
import type { Usage } from './usage-repository.ts';
import { UsageQuery, UsageRecord } from './usage-schemas.ts';
import type { UsageService } from './usage-service.ts';

export interface UsageRoutesOptions {
  usage: UsageService;
}

const DAYS_DEFAULT = 30;
const description =
  'Checks on every route that takes the client’s credentials. Refused is what a known client was refused: a credential ' +
  'that belongs to nobody is counted nowhere.';

/** The use of API clients over time. */
export const usageRoutes: FastifyPluginAsyncTypebox<UsageRoutesOptions> = async (app, { usage }) => {
  app.get(
    '/organizations/:org/api-clients/:client_id/usage/',
    {
      config: { access: 'reader' },
      schema: {
        operationId: 'getApiClientUsage',
        summary: 'Read how often an API client was checked, day by day',
        description,
        tags: ['API clients'],
        params: ApiClientParams,
        querystring: UsageQuery,
        response: { 200: ref(UsageRecord) },
      },
    },
    async (request, reply) => {
      const { days = DAYS_DEFAULT } = request.query;
      return reply.code(200).send(toRecord(await usage.ofClient(memberOf(request), request.params.client_id, days)));
    },
  );

  app.get(
    '/organizations/:org/applications/:app/usage/',
    {
      config: { access: 'reader' },
      schema: {
        operationId: 'getApplicationUsage',
        summary: 'Read how often the API clients of an application were checked, day by day',
        description: `${description} With those that were deleted since.`,
        tags: ['Applications'],
        params: ApplicationParams,
        querystring: UsageQuery,
        response: { 200: ref(UsageRecord) },
      },
    },
    async (request, reply) => {
      const { days = DAYS_DEFAULT } = request.query;
      return reply.code(200).send(toRecord(await usage.ofApplication(memberOf(request), request.params.app, days)));
    },
  );

  app.get(
    '/organizations/:org/usage/',
    {
      config: { access: 'reader' },
      schema: {
        operationId: 'getOrganizationUsage',
        summary: 'Read how often the API clients of an organization were checked, day by day',
        description: `${description} With those that were deleted since.`,
        tags: ['Organizations'],
        params: OrganizationParams,
        querystring: UsageQuery,
        response: { 200: ref(UsageRecord) },
      },
    },
    async (request, reply) => {
      const { days = DAYS_DEFAULT } = request.query;
      return reply.code(200).send(toRecord(await usage.ofOrganization(memberOf(request), days)));
    },
  );
};

function toRecord({ since, days }: Usage): UsageRecord {
  return { since, results: days };
}
