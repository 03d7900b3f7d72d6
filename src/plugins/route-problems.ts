import type { FastifyInstance, RouteOptions } from 'fastify';
import fp from 'fastify-plugin';
import type { ErrorCode } from '../errors.ts';
import { problemResponses } from '../http/problems.ts';
import type { Access } from '../identity/admin-auth.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /**
     * The problems that only this route can answer with: those that follow from what a route is are added by themselves.
     * `described-by-route` where its errors have another form than problem documents.
     */
    problems?: readonly ErrorCode[] | 'described-by-route';
  }
}

/** The members of a route's schemas that say something about its problems. */
interface Shape {
  $ref?: string;
  properties?: Record<string, { readOnly?: boolean }>;
}

/**
 * Describes the problems that a route can answer with, as they follow from who may call it, its address, its method, its
 * schemas and its limit. What a route describes by itself stays. Registered before the routes.
 */
export const routeProblems = fp<{ apiPrefix: string }>(
  async (app, { apiPrefix }) => {
    app.addHook('onRoute', (route) => {
      const { schema, config: { access, problems = [], isRepeatable = false } = {} } = route;
      if (access === undefined || schema === undefined || schema.hide === true || problems === 'described-by-route') {
        return;
      }
      const codes = [
        ...problems,
        ...problemsOfAccess(access),
        ...(route.url.startsWith(apiPrefix) ? problemsOfApi(app, route) : []),
        ...(isRepeatable ? problemsOfRetries : []),
        ...(route.config?.rateLimit === undefined ? [] : (['rate_limited'] as const)),
        'internal_error' as const,
      ];
      route.schema = { ...schema, response: { ...problemResponses(codes), ...(schema.response as object) } };
    });
  },
  { name: 'route-problems' },
);

const problemsOfRetries = ['request_in_progress', 'idempotency_key_reused', 'rate_limited'] as const;

function problemsOfAccess(access: Access): ErrorCode[] {
  if (access === 'public') return [];
  if (access === 'machine') return ['invalid_request', 'ambiguous_credentials', 'invalid_credential'];
  if (access === 'user' || access === 'public-or-user') return ['unauthorized', 'rate_limited'];
  const ofRole = access === 'reader' ? [] : (['insufficient_role'] as const);
  return ['unauthorized', 'rate_limited', 'second_factor_required', ...ofRole];
}

/** Every route of the API refuses unknown query parameters, at the least, and may need the database. */
function problemsOfApi(app: FastifyInstance, { method, url, schema }: RouteOptions): ErrorCode[] {
  const hasCondition = shapeOf(app, schema?.headers)?.properties?.['if-match'] !== undefined;
  const members = Object.values(shapeOf(app, schema?.body)?.properties ?? {});
  // Those of a body that nobody asked for, as that of a DELETE, as well.
  const mayHaveBody = method !== 'GET' && method !== 'HEAD';
  return [
    'invalid_request',
    ...(url.includes('/:') ? (['not_found'] as const) : []),
    ...(hasCondition ? (['precondition_failed'] as const) : []),
    ...(mayHaveBody ? (['content_too_large', 'unsupported_media_type'] as const) : []),
    ...(members.some(({ readOnly }) => readOnly === true) ? (['immutable_field'] as const) : []),
    'overloaded',
    'database_unavailable',
  ];
}

/** A schema of a route, found where a reference leads. */
function shapeOf(app: FastifyInstance, schema: unknown): Shape | undefined {
  const shape = schema as Shape | undefined;
  return shape?.$ref === undefined ? shape : (app.getSchema(shape.$ref.replace(/#$/, '')) as Shape | undefined);
}
