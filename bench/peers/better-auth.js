/**
 * better-auth with its API-key plugin on Postgres, in production settings: its own request limits off (they would refuse
 * the load), `deferUpdates` on, the rest as it comes. `verifyApiKey` has no route of its own and gets the thinnest one.
 */
import { createServer } from 'node:http';
import { apiKey } from '@better-auth/api-key';
import { betterAuth } from 'better-auth';
import { getMigrations } from 'better-auth/db/migration';
import { toNodeHandler } from 'better-auth/node';
import pg from 'pg';
import pino from 'pino';
import { createLogStream } from '../../dist/telemetry/log-stream.js';

const { PORT, DATABASE_URL } = process.env;
const log = pino({ level: 'info' }, createLogStream(1));
const origin = `http://127.0.0.1:${PORT}`;
const options = {
  baseURL: origin,
  secret: process.env.AUTH_SECRET,
  database: new pg.Pool({ connectionString: DATABASE_URL, max: 10, keepAlive: true }),
  emailAndPassword: { enabled: true },
  rateLimit: { enabled: false },
  logger: { level: 'error' },
  telemetry: { enabled: false },
  plugins: [apiKey({ rateLimit: { enabled: false }, deferUpdates: true, defaultPrefix: 'lk_' })],
};
const { runMigrations } = await getMigrations(options);
await runMigrations();
const auth = betterAuth(options);
const handle = toNodeHandler(auth);

const server = createServer(async (request, response) => {
  const startedAt = performance.now();
  response.on('finish', () => {
    const durationMs = Math.round((performance.now() - startedAt) * 10) / 10;
    const { method, url: route } = request;
    log.info({ method, route, status: response.statusCode, durationMs }, 'request');
  });
  if (request.url === '/readyz') response.end('ready');
  else if (request.url === '/verify') await verify(request, response);
  else await handle(request, response);
});

async function verify(request, response) {
  try {
    const result = await auth.api.verifyApiKey({ body: { key: request.headers['x-api-key'] } });
    response.writeHead(result.valid ? 200 : 401, { 'content-type': 'application/json' });
    response.end(JSON.stringify(result));
  } catch (err) {
    response.writeHead(500).end(String(err));
  }
}

server.listen(Number(PORT), '127.0.0.1');
process.on('SIGTERM', () => process.exit(0));
