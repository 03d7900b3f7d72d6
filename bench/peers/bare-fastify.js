/** What any route costs: Fastify, a response schema, one log line, and an answer that is known beforehand. */
import Fastify, { LogController } from 'fastify';
import pino from 'pino';
import { createLogStream } from '../../dist/telemetry/log-stream.js';

const { body, headers } = JSON.parse(process.env.ANSWER);
const nullable = { anyOf: [{ type: 'string' }, { type: 'null' }] };
const text = { type: 'string' };

class OneLine extends LogController {
  incomingRequest() {}

  requestCompleted(_err, request, reply) {
    request.log.info(
      {
        method: request.method,
        route: request.routeOptions.url ?? null,
        status: reply.statusCode,
        durationMs: Math.round(reply.elapsedTime * 10) / 10,
      },
      'request',
    );
  }
}

const loggerInstance = pino(
  {
    level: 'info',
    serializers: { req: () => undefined, res: () => undefined },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
  },
  createLogStream(1),
);
const app = Fastify({ loggerInstance, logController: new OneLine() });
const response = {
  200: {
    type: 'object',
    required: Object.keys(body),
    properties: {
      client_id: text,
      name: text,
      organization_id: text,
      application_id: nullable,
      environment: text,
      permissions: { type: 'array', items: text },
      secret_id: text,
      expires_at: nullable,
    },
  },
};
app.get('/auth/v2/verify/', { schema: { response } }, async (_request, reply) => reply.headers(headers).send(body));
app.get('/readyz', async () => ({ status: 'ready' }));
await app.listen({ host: '127.0.0.1', port: Number(process.env.PORT) });
process.on('SIGTERM', () => process.exit(0));
