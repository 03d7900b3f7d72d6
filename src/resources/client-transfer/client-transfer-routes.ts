import { Readable } from 'node:stream';
import type { IncomingMessage } from 'node:http';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { AppError } from '../../errors.ts';
import { allowLongUpload } from '../../http/long-uploads.ts';
import { NDJSON } from '../../http/ndjson.ts';
import { OrganizationParams, ref } from '../../http/schemas.ts';
import { memberOf } from '../../identity/callers.ts';
import type { ClientExportService } from './client-export-service.ts';
import type { ClientImportService } from './client-import-service.ts';
import { ApiClientExport, ApiClientImport, ImportResult, ImportTotals } from './client-transfer-schemas.ts';
import { atOnce, LINE_BYTES_MAX, lineByLine } from './import-batches.ts';

export interface ClientTransferRoutesOptions {
  clientImports: ClientImportService;
  clientExports: ClientExportService;
}

const tags = ['API clients'];
const MIB = 1024 * 1024;
/** One batch is made while the one before is taken. */
const READ_AHEAD = { objectMode: true, highWaterMark: 1 };

const ImportQuery = Type.Object(
  {
    atomic: Type.Optional(
      Type.Boolean({ default: false, description: `All or nothing; at most ${atOnce.linesMax} lines.` }),
    ),
  },
  { additionalProperties: false },
);

/** Moving in and out: all API clients of an organization, one a line. */
export const clientTransferRoutes: FastifyPluginAsyncTypebox<ClientTransferRoutesOptions> = async (app, options) => {
  const { clientImports, clientExports } = options;
  // Not read ahead: the handler takes what it can work on.
  app.addContentTypeParser(NDJSON, (_request, payload, done) => {
    done(null, payload);
  });

  app.post(
    '/organizations/:org/api-clients/import/',
    {
      config: { access: 'admin', problems: ['import_failed'] },
      onRequest: requireLines,
      schema: {
        operationId: 'importApiClients',
        summary: 'Import API clients with the secrets they have',
        description:
          'One `ApiClientImport` a line, each with its own `client_id` and a hash of its secret as another system kept it: ' +
          `machines go on with the secrets they have. At most ${lineByLine.linesMax} lines of ${LINE_BYTES_MAX / 1024} KiB, ` +
          `${lineByLine.bytesMax / MIB} MiB in all. Answers one \`ImportResult\` a line, while the import is being read: who ` +
          'sends more than some thousand lines reads the answer meanwhile. What was answered is done; the last line is ' +
          '`ImportTotals`. Sending the same lines again is harmless: they are `already_imported`, so an `Idempotency-Key` is ' +
          'not taken. An organization has one import at a time, a user two: 503 `overloaded` for one more. Quota, credential policy and catalogue hold for each line. With `atomic=true` all or nothing: 422 ' +
          '`import_failed` names what is wrong, by the number of the line. See docs/moving-in.md.',
        tags,
        params: OrganizationParams,
        querystring: ImportQuery,
        consumes: [NDJSON],
        body: ref(ApiClientImport),
        response: {
          200: linesOf('One `ImportResult` a line, and at the end `ImportTotals`.', {
            anyOf: [ref(ImportResult), ref(ImportTotals)],
          }),
        },
      },
    },
    async (request, reply) => {
      const source = readBody(request);
      const caller = memberOf(request);
      reply.code(200).type(NDJSON);
      if (request.query.atomic === true) return reply.send(await clientImports.importWhole(caller, source));
      return reply.send(Readable.from(await clientImports.importLines(caller, source), READ_AHEAD));
    },
  );

  app.get(
    '/organizations/:org/api-clients/export/',
    {
      config: { access: 'reader' },
      schema: {
        operationId: 'exportApiClients',
        summary: 'Export all API clients',
        description:
          'One `ApiClientExport` a line, the oldest first: what an import takes, without the secrets. Hashes never leave: ' +
          'without the master key of this deployment nothing can be compared with them. Whoever loses access meanwhile is cut ' +
          'off. A user may have two at a time: 503 `overloaded` for one more.',
        tags,
        params: OrganizationParams,
        response: { 200: linesOf('One `ApiClientExport` a line.', ref(ApiClientExport)) },
      },
    },
    async (request, reply) => {
      reply.code(200).type(NDJSON);
      // The answer to a HEAD has no body that anybody reads, and Fastify would read all of it to throw it away.
      if (request.method === 'HEAD') return reply.send();
      return reply.send(Readable.from(await clientExports.export(memberOf(request)), READ_AHEAD));
    },
  );
};

/** @param item the schema of each line */
function linesOf(description: string, item: object) {
  return Type.Unsafe<unknown>({ description, content: { [NDJSON]: { schema: item } } });
}

/** Before the body is read. */
async function requireLines({ headers }: FastifyRequest): Promise<void> {
  const type = headers['content-type'];
  const isEmpty = headers['transfer-encoding'] === undefined && (headers['content-length'] ?? '0') === '0';
  if (isEmpty || (type !== undefined && /^application\/x-ndjson *(?:;|$)/i.test(type))) return;
  throw new AppError('unsupported_media_type', { detail: `The body must be lines: send Content-Type: ${NDJSON}.` });
}

/** The body as it arrives. Who stops reading it leaves the connection open, for the answer. */
function readBody({ raw, body }: FastifyRequest): AsyncIterable<Buffer> {
  allowLongUpload(raw);
  return (body as IncomingMessage).iterator({ destroyOnReturn: false });
}
