import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { FastifyReply, FastifyRequest, onRequestHookHandler } from 'fastify';
import type { Presented } from '../../http/presented.ts';
import { ref, withHeaders } from '../../http/schemas.ts';
import { readCredential } from './credentials.ts';
import { gatewayHeaders, VerifiedClient, VerifyBody, VerifyQuery } from './verify-schemas.ts';
import type { VerifyService } from './verify-service.ts';

export interface VerifyRoutesOptions {
  verifier: VerifyService;
}

const security = [{ apiKey: [] }, { clientBasic: [] }, { accessToken: [] }];

/** The check that gateways and APIs ask for. */
export const verifyRoutes: FastifyPluginAsyncTypebox<VerifyRoutesOptions> = async (app, { verifier }) => {
  app.get(
    '/verify/',
    {
      config: { access: 'machine', problems: ['insufficient_permission', 'wrong_environment'] },
      schema: {
        operationId: 'verifyCredential',
        summary: 'Tell whose secret a request carries',
        description:
          'For gateways: 200 with the API client, in the body and as `x-client-id`, `x-organization-id`, ' +
          '`x-application-id`, `x-environment` and `x-permissions` headers. Reads the current state on every call: a ' +
          'secret is refused from the moment its revocation was answered. `allowed_ips` are compared with the address that ' +
          'the request comes from, or that a trusted gateway passes on in `X-Forwarded-For`.',
        tags: ['Machines'],
        security,
        querystring: VerifyQuery,
        'x-head': {
          operationId: 'verifyCredentialHead',
          summary: 'Tell a gateway whose secret a request carries',
          description:
            'The GET without a body: the API client is in the headers, and `x-refusal` says why a 403 is one.',
        },
        response: { 200: withHeaders(ref(VerifiedClient), gatewayHeaders) },
      },
    },
    async (request, reply) => {
      const { permission = [], environment } = request.query;
      const environments = environment === undefined ? [] : [environment];
      const asked = { permissions: permission, environments, redirectUrl: undefined };
      return sendClient(reply, await verifier.verify(presentedBy(request), asked));
    },
  );

  app.post(
    '/verify/',
    {
      config: { access: 'machine', problems: ['insufficient_permission', 'wrong_environment'] },
      // Before the body is read: who presents nothing has nothing asked for.
      onRequest: requireCredential,
      schema: {
        operationId: 'verifyCredentialWith',
        summary: 'Tell whose secret a request carries, and whether it may use a redirect URL',
        description: 'As the GET, with the questions in the body. The body may be left out.',
        tags: ['Machines'],
        security,
        querystring: VerifyQuery,
        body: ref(VerifyBody),
        response: { 200: withHeaders(ref(VerifiedClient), gatewayHeaders) },
      },
    },
    async (request, reply) => {
      const { query, body } = request;
      const asked = {
        permissions: [query.permission ?? [], body.permission ?? []].flat(),
        environments: [query.environment ?? [], body.environment ?? []].flat(),
        redirectUrl: body.redirect_url,
      };
      return sendClient(reply, await verifier.verify(presentedBy(request), asked));
    },
  );
};

function presentedBy(request: FastifyRequest): Presented {
  return { credential: readCredential(request.raw), address: request.source };
}

const requireCredential: onRequestHookHandler = ({ raw }, _reply, done) => {
  readCredential(raw);
  done();
};

function sendClient(reply: FastifyReply, client: VerifiedClient): FastifyReply {
  reply.request.apiClient = { clientId: client.client_id, organizationId: client.organization_id };
  reply
    .header('x-client-id', client.client_id)
    .header('x-organization-id', client.organization_id)
    .header('x-environment', client.environment)
    .header('x-permissions', client.permissions.join(' '));
  if (client.application_id !== null) reply.header('x-application-id', client.application_id);
  return reply.code(200).send(client);
}
