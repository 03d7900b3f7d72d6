import { Readable } from 'node:stream';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import type { AuditChain } from '../../changes/audit-event.ts';
import { AppError } from '../../errors.ts';
import type { Cursors } from '../../http/cursor.ts';
import { readListRequest } from '../../http/pagination.ts';
import { linkHeader, OrganizationParams, ref, withHeaders } from '../../http/schemas.ts';
import { memberOf, userOf } from '../../identity/callers.ts';
import type { ChainLink } from '../../rules/audit-chain.ts';
import * as schemas from './audit-event-schemas.ts';
import { toAuditEventRecord } from './audit-event-service.ts';
import type { AuditEventService } from './audit-event-service.ts';

export interface AuditEventRoutesOptions {
  auditEvents: AuditEventService;
  cursors: Cursors;
}

const NDJSON = 'application/x-ndjson';
const tags = ['Audit trail'];
const EXPORT =
  'With `Accept: application/x-ndjson` all that match are sent at once, oldest first, one JSON document a line, whatever ' +
  'the `limit`.';

/** What was done: in an organization, and with one's own account. */
export const auditEventRoutes: FastifyPluginAsyncTypebox<AuditEventRoutesOptions> = async (app, options) => {
  const { auditEvents, cursors } = options;
  const send = (request: FastifyRequest, reply: FastifyReply, chain: AuditChain) =>
    asksForLines(request)
      ? sendLines(auditEvents, { request, reply, chain })
      : sendPage(auditEvents, cursors, { request, reply, chain });

  app.get(
    '/organizations/:org/audit-events/',
    {
      config: { access: 'admin' },
      schema: {
        operationId: 'listAuditEvents',
        summary: 'List what was done in an organization',
        description: `Newest first. ${EXPORT} Those lines can be verified: see docs/audit-trail.md.`,
        tags,
        params: OrganizationParams,
        querystring: schemas.AuditEventQuery,
        response: { 200: listResponse },
      },
    },
    async (request, reply) => send(request, reply, { type: 'organization', id: memberOf(request).organizationId }),
  );

  app.get(
    '/organizations/:org/audit-events/head/',
    {
      config: { access: 'admin' },
      schema: {
        operationId: 'getAuditHead',
        summary: 'Read where the audit trail ends, signed',
        description: 'Whoever keeps it elsewhere can prove that events were cut off or changed later.',
        tags,
        params: OrganizationParams,
        response: { 200: ref(schemas.AuditHeadRecord) },
      },
    },
    async (request, reply) => {
      const { sequence, hash, at, jws } = await auditEvents.getHead({
        type: 'organization',
        id: memberOf(request).organizationId,
      });
      return reply.code(200).send({ sequence, hash, at, jws });
    },
  );

  app.get(
    '/account/security-events/',
    {
      config: { access: 'user' },
      schema: {
        operationId: 'listSecurityEvents',
        summary: 'List what happened to my account',
        description: `Logins, failed ones too, and what became of sessions and password; newest first. ${EXPORT}`,
        tags,
        querystring: schemas.AuditEventQuery,
        response: { 200: listResponse },
      },
    },
    async (request, reply) => send(request, reply, { type: 'user', id: userOf(request).userId }),
  );
};

const listResponse = withHeaders(
  Type.Unsafe<unknown>({
    description: 'Events, as one page or one a line.',
    content: {
      'application/json': { schema: ref(schemas.AuditEventPage) },
      [NDJSON]: { schema: Type.String({ description: 'One `AuditEvent` a line, oldest first.' }) },
    },
  }),
  linkHeader,
);

interface Listing {
  request: FastifyRequest;
  reply: FastifyReply;
  chain: AuditChain;
}

async function sendPage(auditEvents: AuditEventService, cursors: Cursors, { request, reply, chain }: Listing) {
  const { page, filters, respond } = readListRequest<schemas.AuditEventQuery>(cursors, request, reply);
  const after = page.afterId === null ? null : sequenceOf(page.afterId);
  const links = await auditEvents.list(chain, { ...page, after }, filters);
  return reply
    .code(200)
    .header('vary', 'accept')
    .send(
      respond(
        links.map((link) => ({ ...link, id: toCursorId(link) })),
        toAuditEventRecord,
      ),
    );
}

async function sendLines(auditEvents: AuditEventService, { request, reply, chain }: Listing) {
  const { cursor, ...filters } = request.query as schemas.AuditEventQuery;
  if (cursor !== undefined) {
    const detail = `is not for ${NDJSON}, which has no pages`;
    throw new AppError('invalid_request', { errors: [{ pointer: '?cursor', code: 'not_allowed', detail }] });
  }
  reply.code(200).header('vary', 'accept').type(NDJSON);
  // The answer to a HEAD has no body that anybody reads, and Fastify would read all of it to throw it away.
  if (request.method === 'HEAD') return reply.send();
  return reply.send(Readable.from(await auditEvents.export(chain, filters), { objectMode: true }));
}

function asksForLines({ headers }: FastifyRequest): boolean {
  return /(?:^|[\s,])application\/x-ndjson\s*(?:$|[,;])/i.test(headers.accept ?? '');
}

/** Cursors hold a UUID; here the last half of one is the place in the chain. */
function toCursorId({ sequence }: ChainLink): string {
  return `00000000-0000-0000-0000-${sequence.toString(16).padStart(12, '0')}`;
}

function sequenceOf(cursorId: string): number {
  return Number.parseInt(cursorId.slice(-12), 16);
}
