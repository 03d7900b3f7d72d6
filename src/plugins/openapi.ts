import swagger from '@fastify/swagger';
import fp from 'fastify-plugin';
import { finishDocument } from './openapi-document.ts';
import type { ApiDocument } from './openapi-document.ts';

export interface OpenapiOptions {
  publicUrl: string;
  version: string;
}

/** Describes the API from its route schemas. Registered before the routes. */
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
  },
  { name: 'openapi' },
);

function nameOf(schema: { $id?: unknown }): string {
  return String(schema.$id);
}

const description = [
  'Account management for API clients: people sign up and log in, own organizations, register applications, and create ' +
    'API clients whose secrets authenticate machines.',
  '**To begin**, send `register`, and the code from the mail to `verify-email`: the answer holds an `access_token`, an ' +
    'organization and the API key of its first application. Press **Authorize** and paste the `access_token`; the ' +
    'routes of organizations, applications and API clients are yours to call now. Later, `login` gives a new token.',
  '**Errors** are problem documents (RFC 9457) with a stable `code`; for bad input `errors` names every fault at ' +
    'once. Unknown fields and query parameters are refused. Any request can also meet 405, 408, 414 and 431.',
  '**Secrets** (`api_key`, `client_secret`) are in the answer that makes them and nowhere else: keep them then.',
  '**Safe retries**: what creates or regenerates takes an `Idempotency-Key`. Where an answer is lost, send the same request ' +
    'with the same key: it is made once and answered the same.',
  'Every route works with and without its trailing slash, and `organizations/me/{org}/…` is `organizations/{org}/…`. A query ' +
    'or body may say `organization_id`, `member_id` or `app_id` of the path again; another one there is a 400.',
].join('\n\n');

const tags = [
  { name: 'Accounts', description: 'Sign up, log in, log out, reset a password.' },
  {
    name: 'Second factor',
    description: 'Authenticator apps, recovery codes and passkeys: setting them up, and logging in with them.',
  },
  { name: 'Organizations', description: 'The tenants: everything else belongs to one.' },
  { name: 'Members', description: 'Who belongs to an organization, and what they may do there.' },
  { name: 'Applications', description: 'Products that integrate, each with an API key of its own.' },
  { name: 'API clients', description: 'Machine identities and their secrets.' },
  {
    name: 'Console',
    description: 'The login of the service’s own page. Frontends of your own use the tokens of `login/`.',
  },
  { name: 'Audit trail', description: 'What was done, by whom and from where, in a chain that nobody can bend.' },
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
