import fp from 'fastify-plugin';
import { Type } from 'typebox';

const NoQuery = Type.Object({}, { additionalProperties: false });

/** Refuses unknown query parameters on the routes of the API that take none, as the others do by their schema. */
export const strictQuery = fp<{ apiPrefix: string }>(
  async (app, { apiPrefix }) => {
    app.addHook('onRoute', (route) => {
      if (route.schema === undefined || route.schema.hide === true || !route.url.startsWith(apiPrefix)) return;
      route.schema = { querystring: NoQuery, ...route.schema };
    });
  },
  { name: 'strict-query' },
);
