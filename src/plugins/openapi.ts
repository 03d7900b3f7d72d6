import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import fp from 'fastify-plugin';
import { stringify } from 'yaml';
import { finishDocument } from './openapi-document.ts';
import type { ApiDocument } from './openapi-document.ts';

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
      refResolver: { buildLocalReference: nameOf },
      // Its type also covers Swagger 2, which is not made here.
      transformObject: (made) => finishDocument((made as unknown as { openapiObject: ApiDocument }).openapiObject),
    });
    await app.register(swaggerUi, {
      routePrefix: '/docs',
      staticCSP,
      theme: { title: 'Latchkey', css: [{ filename: 'latchkey.css', content: css }] },
      uiConfig: {
        // Without the bar on top, which is for looking at documents of elsewhere.
        layout: 'BaseLayout',
        persistAuthorization: false,
        displayRequestDuration: true,
        docExpansion: 'list',
        defaultModelsExpandDepth: 0,
        tryItOutEnabled: true,
      },
      // The page may be open at another address than PUBLIC_URL, which a browser would not let it call.
      transformSpecification: (document) => ({
        ...document,
        servers: [{ url: '/', description: 'This deployment' }],
      }),
      transformSpecificationClone: false,
    });

    const documentRoute = { config: { access: 'public' as const }, schema: { hide: true } };
    let yaml: string | undefined;
    app.get('/openapi.json', documentRoute, async () => app.swagger());
    app.get('/openapi.yaml', documentRoute, async (_request, reply) => {
      yaml ??= toYaml(app.swagger());
      return reply.type('application/yaml').send(yaml);
    });
  },
  { name: 'openapi' },
);

/** The document as it is committed and served. */
export function toYaml(document: object): string {
  return stringify(document, { aliasDuplicateObjects: false, lineWidth: 120 });
}

function nameOf(schema: { $id?: unknown }): string {
  return String(schema.$id);
}

/** Swagger UI from this origin alone. No `upgrade-insecure-requests`: over plain HTTP nothing would load. */
const staticCSP = {
  'default-src': ["'none'"],
  'script-src': ["'self'"],
  'style-src': ["'self'"],
  'img-src': ["'self'", 'data:'],
  'connect-src': ["'self'"],
  'form-action': ["'self'"],
  'base-uri': ["'none'"],
  'frame-ancestors': ["'none'"],
};

/** Every way to authorize at a glance: the field that takes the focus is not the first, and would hide it. */
const css = '.swagger-ui .dialog-ux .modal-ux-content { max-height: 80vh; }';

const description = [
  'Account management for API clients: people sign up and log in, own organizations, register applications, and create ' +
    'API clients whose secrets authenticate machines.',
  '**To begin**, send `register`, and the code from the mail to `verify-email`: the answer holds an `access_token`, an ' +
    'organization and the API key of its first application. Press **Authorize** and paste the `access_token`; the ' +
    'routes of organizations, applications and API clients are yours to call now. Later, `login` gives a new token.',
  '**Refusals** are problem documents (RFC 9457) with a stable `code`; for bad input `errors` names every fault at ' +
    'once. Unknown fields and query parameters are refused. Any request can also meet 405, 408, 414 and 431.',
  '**Secrets** (`api_key`, `client_secret`) are in the answer that makes them and nowhere else: keep them then.',
  'Every route works with and without its trailing slash, and `organizations/me/{org}/…` is `organizations/{org}/…`.',
].join('\n\n');

const tags = [
  { name: 'Accounts', description: 'Sign up, log in, log out, reset a password.' },
  { name: 'Organizations', description: 'The tenants: everything else belongs to one.' },
  { name: 'Applications', description: 'Products that integrate, each with an API key of its own.' },
  { name: 'API clients', description: 'Machine identities and their secrets.' },
  { name: 'Machines', description: 'What gateways and APIs ask, and tokens for machines.' },
  { name: 'Service', description: 'Health and keys.' },
];

const securitySchemes = {
  adminToken: {
    type: 'http',
    scheme: 'bearer',
    bearerFormat: 'JWT',
    description: 'For people: the `access_token` of `verify-email` or `login`.',
  },
  apiKey: {
    type: 'apiKey',
    in: 'header',
    name: 'x-api-key',
    description: 'For machines: a secret of an API client, or the API key of an application.',
  },
  clientBasic: {
    type: 'http',
    scheme: 'basic',
    description: 'For machines: the `client_id` as user name and a secret of that API client as password.',
  },
  accessToken: {
    type: 'http',
    scheme: 'bearer',
    bearerFormat: 'JWT',
    description: 'For machines: the `access_token` of `token`.',
  },
} as const;
