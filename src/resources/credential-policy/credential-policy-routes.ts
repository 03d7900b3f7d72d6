import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { Cursors } from '../../http/cursor.ts';
import { readListRequest } from '../../http/pagination.ts';
import { entityTag, readIfMatch } from '../../http/preconditions.ts';
import { etagHeader, IfMatch, linkHeader, OrganizationParams, ref, withHeaders } from '../../http/schemas.ts';
import { memberOf } from '../../identity/callers.ts';
import { givenPasswordOf, reauthenticationProblems } from '../accounts/reauthentication.ts';
import type { Reauthentication } from '../accounts/reauthentication.ts';
import { toPolicyRecord, toViolationRecord } from './credential-policy-record.ts';
import * as schemas from './credential-policy-schemas.ts';
import type { CredentialPolicyService } from './credential-policy-service.ts';

export interface CredentialPolicyRoutesOptions {
  credentialPolicies: CredentialPolicyService;
  reauthentication: Reauthentication;
  cursors: Cursors;
}

const tags = ['Organizations'];

/** What an organization demands of its credentials. */
export const credentialPolicyRoutes: FastifyPluginAsyncTypebox<CredentialPolicyRoutesOptions> = async (
  app,
  { credentialPolicies, reauthentication, cursors },
) => {
  app.get(
    '/organizations/:org/credential-policy/',
    {
      config: { access: 'reader' },
      schema: {
        operationId: 'getCredentialPolicy',
        summary: 'Read the credential policy',
        tags,
        params: OrganizationParams,
        response: { 200: withHeaders(ref(schemas.CredentialPolicyRecord), etagHeader) },
      },
    },
    async (request, reply) => {
      const policy = await credentialPolicies.get(memberOf(request));
      return reply.code(200).header('etag', entityTag(policy.version)).send(toPolicyRecord(policy));
    },
  );

  app.put(
    '/organizations/:org/credential-policy/',
    {
      config: { access: 'owner', problems: reauthenticationProblems },
      schema: {
        operationId: 'updateCredentialPolicy',
        summary: 'Replace the credential policy',
        description:
          'What is left out demands nothing. From the answer on, a change of a credential that breaks the policy is ' +
          'refused with 422 `policy_violation`. What breaks it already goes on, and stands in `violations/`. A second factor ' +
          'is demanded by who has one: from then on members without one get 403 `second_factor_required` here. ' +
          'Needs a password that was given within 15 minutes.',
        tags,
        params: OrganizationParams,
        headers: IfMatch,
        body: ref(schemas.CredentialPolicyPut),
        response: { 200: withHeaders(ref(schemas.CredentialPolicyRecord), etagHeader) },
      },
    },
    async (request, reply) => {
      await reauthentication.require(memberOf(request), givenPasswordOf(request, reply));
      const change = { input: request.body, versions: readIfMatch(request) };
      const policy = await credentialPolicies.replace(memberOf(request), change);
      return reply.code(200).header('etag', entityTag(policy.version)).send(toPolicyRecord(policy));
    },
  );

  app.get(
    '/organizations/:org/credential-policy/violations/',
    {
      config: { access: 'reader' },
      schema: {
        operationId: 'listPolicyViolations',
        summary: 'List what breaks the credential policy',
        description:
          'API clients that were there before the policy, and go on; what has ended breaks nothing. And members without the ' +
          'second factor that it demands.',
        tags,
        params: OrganizationParams,
        querystring: schemas.PolicyViolationQuery,
        response: { 200: withHeaders(ref(schemas.PolicyViolationPage), linkHeader) },
      },
    },
    async (request, reply) => {
      const { page, respond } = readListRequest<schemas.PolicyViolationQuery>(cursors, request, reply);
      const { policy, violating } = await credentialPolicies.listViolations(memberOf(request), page);
      return reply.code(200).send(respond(violating, (one) => toViolationRecord(policy, one)));
    },
  );
};
