import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import fp from 'fastify-plugin';
import { stringify } from 'yaml';

export interface OpenapiOptions {
  publicUrl: string;
  version: string;
}

/** Describes the API from its route schemas, and serves the document and Swagger UI. Registered before the routes. */
export const openapi = fp<OpenapiOptions>(
  async (app, { publicUrl, version }) => {
    await app.register(swagger, {
      openapi: {
        openapi: '3.1.0',
        info: { title: 'Latchkey', version, description, license: { name: 'MIT', identifier: 'MIT' } },
        servers: [{ url: publicUrl, description: 'This deployment' }],
        tags,
        components: { securitySchemes },
      },
      refResolver: { buildLocalReference: (json, _baseUri, _fragment, i) => nameOf(json) ?? `Schema${i}` },
    });
    await app.register(swaggerUi, {
      routePrefix: '/docs',
      staticCSP: true,
      uiConfig: {
        persistAuthorization: true,
        displayRequestDuration: true,
        docExpansion: 'list',
        tryItOutEnabled: true,
      },
    });

    const documentRoute = { config: { access: 'public' as const }, schema: { hide: true } };
    app.get('/openapi.json', documentRoute, async () => app.swagger());
    app.get('/openapi.yaml', documentRoute, async (_request, reply) =>
      reply.type('application/yaml').send(toYaml(app.swagger())),
    );
  },
  { name: 'openapi' },
);

/** The document as it is committed and served. */
export function toYaml(document: object): string {
  return stringify(document, { aliasDuplicateObjects: false, lineWidth: 120 });
}

function nameOf(json: { $id?: unknown }): string | undefined {
  return typeof json.$id === 'string' ? json.$id : undefined;
}

const description = `Account management for API clients: people sign up and log in, own organizations, register
applications, and create API clients whose secrets authenticate machines.

Start with \`register\`, enter the mailed code at \`verify-email\`, press **Authorize** and paste the \`access_token\`.
Every refusal is a problem document (RFC 9457) with a stable \`code\`.`;

const tags = [
  { name: 'Accounts', description: 'Sign up, log in, log out, reset a password.' },
  { name: 'Organizations', description: 'The tenants: everything else belongs to one.' },
  { name: 'Applications', description: 'Products that integrate, each with an API key of its own.' },
  { name: 'API clients', description: 'Machine identities and their secrets.' },
  { name: 'Machines', description: 'What gateways and APIs ask.' },
  { name: 'Service', description: 'Health and keys.' },
];

const securitySchemes = {
  adminToken: {
    type: 'http',
    scheme: 'bearer',
    bearerFormat: 'JWT',
    description: 'The `access_token` of a login, for people.',
  },
  apiKey: { type: 'apiKey', in: 'header', name: 'x-api-key', description: 'A secret of an API client.' },
  clientBasic: { type: 'http', scheme: 'basic', description: '`client_id` and a secret of that API client.' },
} as const;
