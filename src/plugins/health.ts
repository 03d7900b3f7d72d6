import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { AppError } from '../errors.ts';

const Health = Type.Object({ status: Type.Literal('ok') }, { description: 'All is well.' });

const Readiness = Type.Object(
  {
    status: Type.Literal('ok'),
    state_reads: Type.Optional(
      Type.Union([Type.Literal('replica'), Type.Literal('primary')], {
        description: 'Where checks read the state of credentials now; only where a replica is set.',
      }),
    ),
  },
  { description: 'All is well.' },
);

export interface HealthOptions {
  /** Resolves when checks of credentials are answered. */
  requireChecks: () => Promise<void>;
  /** Undefined where no replica is set. */
  findStateSource: () => 'replica' | 'primary' | undefined;
}

/** `/livez`: the process answers. `/readyz`: and it can do its work. */
export const healthRoutes: FastifyPluginAsyncTypebox<HealthOptions> = async (
  app,
  { requireChecks, findStateSource },
) => {
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
        description:
          'Answers 503 while the database is away, takes no writes or does not answer checks, while the clock of the ' +
          'machine is more than 30 seconds from the database’s, and while the service is stopping.',
        tags: ['Service'],
        response: { 200: Readiness },
      },
    },
    async () => {
      if (app.isStopping()) {
        const reason = 'the service is stopping';
        throw new AppError('overloaded', { detail: 'The service is stopping.', retryAfterSeconds: 5, reason });
      }
      await app.requireDatabase();
      app.requireClock();
      await requireChecks();
      const source = findStateSource();
      return { status: 'ok' as const, ...(source && { state_reads: source }) };
    },
  );
};
