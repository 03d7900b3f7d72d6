import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { CatalogueEntry } from '../../rules/permission-catalogue.ts';
import { ref } from '../../http/schemas.ts';
import { PermissionCatalogue } from './permission-schemas.ts';

export interface PermissionRoutesOptions {
  catalogue: readonly CatalogueEntry[];
}

export const permissionRoutes: FastifyPluginAsyncTypebox<PermissionRoutesOptions> = async (app, { catalogue }) => {
  app.get(
    '/permissions/',
    {
      config: { access: 'user' },
      schema: {
        operationId: 'listPermissions',
        summary: 'List the permission catalogue',
        tags: ['API clients'],
        response: { 200: ref(PermissionCatalogue) },
      },
    },
    async (_request, reply) => reply.code(200).send({ results: [...catalogue] }),
  );
};
