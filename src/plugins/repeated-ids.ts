import type { FastifyRequest } from 'fastify';
import fp from 'fastify-plugin';

/** By what names a query or a body may say an id of the path again. */
const parameterOf: Readonly<Record<string, string>> = { organization_id: 'org', member_id: 'member', app_id: 'app' };

/**
 * Takes an id out of query and body that says no more than the path does, as some clients send it. Another one than that of
 * the path stays, and is refused with all else that the route does not know.
 */
export const repeatedIds = fp(
  async (app) => {
    app.addHook('onRoute', (route) => {
      if (!Object.values(parameterOf).some((name) => route.url.includes(`/:${name}/`))) return;
      route.preValidation = [...[route.preValidation ?? []].flat(), takeOutRepeated];
    });
  },
  { name: 'repeated-ids' },
);

async function takeOutRepeated({ params, query, body }: FastifyRequest): Promise<void> {
  for (const part of [query, body]) {
    if (typeof part !== 'object' || part === null || Array.isArray(part)) continue;
    const members = part as Record<string, unknown>;
    for (const [name, parameter] of Object.entries(parameterOf)) {
      const inPath = (params as Record<string, string>)[parameter];
      if (isSame(members[name], inPath)) Reflect.deleteProperty(members, name);
    }
  }
}

/** UUIDs are the same in either case. */
function isSame(repeated: unknown, id: string | undefined): boolean {
  return typeof repeated === 'string' && repeated.toLowerCase() === id?.toLowerCase();
}
