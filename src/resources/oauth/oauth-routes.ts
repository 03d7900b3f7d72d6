import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { ref } from '../../http/schemas.ts';
import type { Validation } from '../../http/validation.ts';

import { readClient } from './client-authentication.ts';
import { createOAuthErrorHandler, notAForm, OAuthError } from './oauth-errors.ts';
import { Introspection, OAuthProblem, TokenHint, TokenRequest, TokenResponse } from './oauth-schemas.ts';
import type { Machine, OAuthService } from './oauth-service.ts';

export interface OAuthRoutesOptions {
  oauth: OAuthService;
  validation: Validation;
}

const FORM = 'application/x-www-form-urlencoded';
const RESOURCES_MAX = 10;
const tags = ['Machines'];
const security = [{ clientBasic: [] }, {}];
// RFC 6749 §3.2: unknown parameters are ignored.
const AnyQuery = Type.Object({});

/** Tokens for machines: RFC 6749 §4.4, RFC 7662, RFC 7009. Errors are those of RFC 6749 §5.2. */
export const oauthRoutes: FastifyPluginAsyncTypebox<OAuthRoutesOptions> = async (app, { oauth, validation }) => {
  app.setErrorHandler(createOAuthErrorHandler(validation));
  acceptForms(app);

  async function identify(request: FastifyRequest): Promise<Machine> {
    const client = await oauth.authenticate(readClient(request));
    request.apiClient = { clientId: client.clientId, organizationId: client.organizationId };
    return client;
  }

  app.post(
    '/token/',
    {
      config: { access: 'machine', problems: 'described-by-route' },
      onRequest: requireForm,
      preValidation: takeOneResource,
      schema: {
        operationId: 'issueToken',
        summary: 'Get an access token for an API client',
        description:
          'The client credentials grant. The client authenticates with Basic, or with `client_id` and `client_secret` in ' +
          'the form, never both.',
        tags,
        security,
        querystring: AnyQuery,
        consumes: [FORM],
        body: ref(TokenRequest),
        response: withOAuthProblems({ 200: ref(TokenResponse) }),
      },
    },
    async (request, reply) =>
      // RFC 6749 §5.1 asks for both; `cache-control` is on every answer of the API.
      reply
        .code(200)
        .header('pragma', 'no-cache')
        .send(await oauth.issueToken(await identify(request), request.body)),
  );

  app.post(
    '/introspect/',
    {
      config: { access: 'machine', problems: 'described-by-route' },
      schema: {
        operationId: 'introspectToken',
        summary: 'Tell what an access token or a secret is good for',
        description:
          'For the API client that asks, everything of its own organization; for a resource server of the platform, ' +
          'everything, and for one that is named for it also admin tokens. A secret only with ' +
          '`token_type_hint=client_secret`: a gateway that takes any active token as Bearer must not take one. Reads the ' +
          'current state on every call. The `allowed_ips` of both clients are compared with the address that the request ' +
          'comes from, or that a trusted gateway passes on. Takes a form or JSON.',
        tags,
        security,
        querystring: AnyQuery,
        consumes: [FORM, 'application/json'],
        body: ref(TokenHint),
        response: withOAuthProblems({ 200: ref(Introspection) }),
      },
    },
    async (request, reply) => {
      const asked = { ...request.body, address: request.source };
      const { answer, reason } = await oauth.introspect(await identify(request), asked);
      if (reason !== undefined) request.refusal = { code: 'inactive', reason };
      return reply.code(200).send(answer);
    },
  );

  app.post(
    '/revoke/',
    {
      config: { access: 'machine', problems: 'described-by-route', isRevoking: true },
      onRequest: requireForm,
      schema: {
        operationId: 'revokeToken',
        summary: 'Revoke an access token',
        description:
          'One of the caller’s own; it is refused from the moment of the answer. An unknown one is a 200 too.',
        tags,
        security,
        querystring: AnyQuery,
        consumes: [FORM],
        body: ref(TokenHint),
        response: withOAuthProblems({ 200: Type.Object({}, { description: 'Revoked, or never valid.' }) }),
      },
    },
    async (request, reply) => {
      await oauth.revoke(await identify(request), request.body.token);
      return reply.code(200).send({});
    },
  );
};

function acceptForms(app: FastifyInstance): void {
  app.addContentTypeParser<string>(FORM, { parseAs: 'string' }, (_request, body, done) => {
    done(null, readForm(body));
  });
}

/** RFC 6749 §4.4.2 and RFC 7009 §2.1: the parameters are a form, never JSON. */
async function requireForm({ headers }: FastifyRequest): Promise<void> {
  const type = headers['content-type'];
  if (type !== undefined && !/^application\/x-www-form-urlencoded *(?:;|$)/i.test(type)) throw notAForm();
}

/** RFC 8707 §2 lets `resource` be repeated; a token here is for one, so all must name the same. */
async function takeOneResource({ body }: FastifyRequest): Promise<void> {
  const parameters = body as { resource?: unknown };
  if (!Array.isArray(parameters.resource)) return;
  const resources = parameters.resource as string[];
  if (resources.length > RESOURCES_MAX || new Set(resources).size > 1) {
    throw new OAuthError('invalid_target', 'Name one resource');
  }
  parameters.resource = resources[0];
}

/** RFC 6749 §3.2: a parameter without a value counts as left out; one sent twice becomes a list, which is refused. */
function readForm(text: string): Record<string, string | string[]> {
  const members = new Map<string, string | string[]>();
  for (const [name, value] of new URLSearchParams(text)) {
    if (value === '') continue;
    const known = members.get(name);
    // Appended in place: a body can repeat a name tens of thousands of times.
    if (Array.isArray(known)) known.push(value);
    else members.set(name, known === undefined ? value : [known, value]);
  }
  return Object.fromEntries(members);
}

function withOAuthProblems<T extends Record<number, unknown>>(successes: T): T {
  const problem = (description: string) => ({ ...ref(OAuthProblem), description });
  return {
    ...successes,
    400: problem('The request is not valid; `error` says how.'),
    401: problem('The client is not authenticated: `invalid_client`.'),
    413: problem('The body is too large.'),
    500: problem('A fault of the service.'),
    503: problem('Busy or without its database; see `Retry-After`.'),
  };
}
