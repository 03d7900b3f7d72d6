/**
 * oidc-provider with a persistent adapter on Postgres (one table, prepared statements), as its documentation asks for in
 * production. `resource` makes it issue JWTs (RFC 9068), signed as `SIGNING_ALGORITHM` says; without it tokens are opaque and
 * stored, which are the only ones it introspects.
 */
import { generateKeyPairSync } from 'node:crypto';
import Provider from 'oidc-provider';
import pg from 'pg';
import pino from 'pino';
import { createLogStream } from '../../dist/telemetry/log-stream.js';

const { PORT, DATABASE_URL, SIGNING_ALGORITHM: alg = 'RS256' } = process.env;
const log = pino({ level: 'info' }, createLogStream(1));
const pool = new pg.Pool({ connectionString: DATABASE_URL, max: 10, keepAlive: true });
const origin = `http://127.0.0.1:${PORT}`;

class PostgresAdapter {
  constructor(model) {
    this.model = model;
  }

  async upsert(id, payload, expiresIn) {
    await pool.query({
      name: 'upsert',
      text: `insert into models (model, id, payload, grant_id, uid, user_code, expires_at)
        values ($1, $2, $3, $4, $5, $6, now() + make_interval(secs => $7))
        on conflict (model, id) do update set payload = excluded.payload, expires_at = excluded.expires_at`,
      values: [this.model, id, payload, payload.grantId, payload.uid, payload.userCode, expiresIn ?? null],
    });
  }

  async find(id) {
    return this.#findBy('find', 'id', id);
  }

  async findByUid(uid) {
    return this.#findBy('find_by_uid', 'uid', uid);
  }

  async findByUserCode(userCode) {
    return this.#findBy('find_by_user_code', 'user_code', userCode);
  }

  async #findBy(name, column, value) {
    const { rows } = await pool.query({
      name,
      text: `select payload, consumed_at from models
        where model = $1 and ${column} = $2 and (expires_at is null or expires_at > now())`,
      values: [this.model, value],
    });
    const [row] = rows;
    if (row === undefined) return undefined;
    return row.consumed_at === null ? row.payload : { ...row.payload, consumed: true };
  }

  async consume(id) {
    await pool.query('update models set consumed_at = now() where model = $1 and id = $2', [this.model, id]);
  }

  async destroy(id) {
    await pool.query('delete from models where model = $1 and id = $2', [this.model, id]);
  }

  async revokeByGrantId(grantId) {
    await pool.query('delete from models where grant_id = $1', [grantId]);
  }
}

// Its clients are for RS256 identity tokens, so that it does not start without a key for them.
const keys = [
  { ...generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ format: 'jwk' }), alg: 'RS256' },
  { ...generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'jwk' }), alg: 'ES256' },
];
const provider = new Provider(origin, {
  adapter: PostgresAdapter,
  jwks: { keys: keys.map((key) => ({ ...key, use: 'sig' })) },
  cookies: { keys: [process.env.AUTH_SECRET] },
  scopes: ['api.read', 'flows.execute'],
  ttl: { ClientCredentials: 900 },
  features: {
    devInteractions: { enabled: false },
    clientCredentials: { enabled: true },
    introspection: { enabled: true },
    revocation: { enabled: true },
    resourceIndicators: {
      enabled: true,
      getResourceServerInfo: () => ({
        scope: 'api.read flows.execute',
        audience: 'https://api.example.com',
        accessTokenFormat: 'jwt',
        accessTokenTTL: 900,
        jwt: { sign: { alg } },
      }),
    },
  },
});
provider.use(async (ctx, next) => {
  const startedAt = performance.now();
  if (ctx.path === '/readyz') ctx.body = 'ready';
  else await next();
  const durationMs = Math.round((performance.now() - startedAt) * 10) / 10;
  log.info({ method: ctx.method, route: ctx.path, status: ctx.status, durationMs }, 'request');
});
provider.listen(Number(PORT), '127.0.0.1');
process.on('SIGTERM', () => process.exit(0));
