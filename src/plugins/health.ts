import { sql } from 'drizzle-orm';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { AppError } from '../errors.ts';

const Health = Type.Object({ status: Type.Literal('ok') }, { description: 'All is well.' });

/** `/livez`: the process answers. `/readyz`: and it can do its work. */
export const healthRoutes: FastifyPluginAsyncTypebox = async (app) => {
  app.get(
    '/livez',
    {
      config: { access: 'public' },
      logLevel: 'warn',
      schema: {
        operationId: 'getLiveness',
        summary: 'Tell whether the process is alive',
        tags: ['Service'],
        response: { 200: Health },
      },
    },
    async () => ({ status: 'ok' as const }),
  );

  app.get(
    '/readyz',
    {
      config: { access: 'public', problems: ['overloaded', 'database_unavailable'] },
      logLevel: 'warn',
      schema: {
        operationId: 'getReadiness',
        summary: 'Tell whether the service can take requests',
        description: 'Answers 503 while the database is away or the service is stopping.',
        tags: ['Service'],
        response: { 200: Health },
      },
    },
    async () => {
      if (app.isStopping())
        throw new AppError('overloaded', { detail: 'The service is stopping.', retryAfterSeconds: 5 });
      await app.db.execute(sql`select 1`);
      return { status: 'ok' as const };
    },
  );
};
