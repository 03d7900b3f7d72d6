import { randomUUID } from 'node:crypto';
import t from 'tap';
import { createStateReader } from '../../src/secrets/state-reader.ts';
import { build } from '../support/build-app.ts';
import { createClient, registerUser } from '../support/factories.ts';
import { makeSecretId, regenerate } from '../support/machines.ts';
import { openDb } from '../support/secret-tools.ts';

/** The part of a secret that finds its row. */
const idOf = (secret: string) => secret.slice(-71, -49);

void t.test('the state of secrets and tokens', async (t) => {
  const test = await build(t);
  const owner = await registerUser(test);
  const client = await createClient(test, owner, { permissions: ['api.write', 'api.read'], environment: 'staging' });
  const { db, pool } = openDb(t, test);
  let queries = 0;
  pool.on('acquire', () => {
    queries += 1;
  });
  const states = createStateReader(db);
  const lookupId = idOf(client.client_secret);
  const [row] = await test.query<{ secret_id: string; id: string; hash: string; pepper_version: string }>(
    `select secrets.id as secret_id, api_clients.id, hash, pepper_version
     from secrets join api_clients on api_clients.id = api_client_id where lookup_id = $1`,
    [lookupId],
  );
  if (row === undefined) throw new Error('the secret has no row');
  const secretId = row.secret_id;
  const expected = {
    secretId,
    hash: row.hash,
    pepperVersion: row.pepper_version,
    clientId: client.client_id,
    name: 'Backend',
    organizationId: owner.organizationId,
    applicationId: null,
    environment: 'staging',
    permissions: ['api.write', 'api.read'],
    scope: 'api.write api.read',
    status: 'active',
    allowedIps: null,
    expiresAt: null,
    isExpired: false,
  };

  await t.test('a secret is found by its id with all that decides about it', async (t) => {
    t.same(await states.findByLookupId(lookupId), { ...expected, lookupId });
    t.equal(await states.findByLookupId(makeSecretId()), undefined);
    const primary = await states.findByLookupId(idOf(owner.apiKey));
    t.equal(primary?.applicationId, owner.applicationId);
  });

  await t.test('a token is found by its secret, and is revoked when its own id is', async (t) => {
    const [jti, revoked] = [randomUUID(), randomUUID()];
    await test.query('insert into revoked_access_tokens (jti, expires_at) values ($1, now())', [revoked]);
    t.same(await states.findByToken({ secretId, jti }), { ...expected, jti, isRevoked: false });
    t.same(await states.findByToken({ secretId, jti: revoked }), { ...expected, jti: revoked, isRevoked: true });
    t.equal(await states.findByToken({ secretId: randomUUID(), jti }), undefined);
  });

  await t.test('reads at the same time are answered each for itself, from one query', async (t) => {
    const jtis = Array.from({ length: 3 }, () => randomUUID());
    await test.query('insert into revoked_access_tokens (jti, expires_at) values ($1, now())', [jtis[1]]);
    const ids = [lookupId, makeSecretId(), idOf(owner.apiKey), lookupId];
    const fresh = createStateReader(db);
    queries = 0;
    const found = await Promise.all(ids.map((id) => fresh.findByLookupId(id)));
    t.same(
      found.map((state) => state?.clientId),
      [client.client_id, undefined, owner.clientId, client.client_id],
    );
    t.equal(queries, 1);
    const tokens = await Promise.all(jtis.map((jti) => fresh.findByToken({ secretId, jti })));
    t.same(
      tokens.map((state) => state?.isRevoked),
      [false, true, false],
    );
    t.equal(queries, 2);
  });

  await t.test(
    'the end is that of the secret or of the client, whichever comes first, by the clock of Postgres',
    async (t) => {
      const set = async (secretEnd: string, clientEnd: string) => {
        await test.query(`update secrets set expires_at = ${secretEnd} where id = $1`, [secretId]);
        await test.query(`update api_clients set expires_at = ${clientEnd} where client_id = $1`, [client.client_id]);
        return states.findByLookupId(lookupId);
      };
      const [soon, late, past] = [
        `timestamptz '2100-01-01Z'`,
        `timestamptz '2200-01-01Z'`,
        `now() - interval '1 second'`,
      ];
      const early = new Date('2100-01-01T00:00:00Z');
      for (const [secretEnd, clientEnd] of [
        [soon, late],
        [late, soon],
        [soon, 'null'],
        ['null', soon],
      ] as const) {
        // prettier-ignore
        t.match(await set(secretEnd, clientEnd), { expiresAt: early, isExpired: false }, `${secretEnd}, ${clientEnd}`);
      }
      for (const [secretEnd, clientEnd] of [
        [past, late],
        [late, past],
        [past, 'null'],
        ['null', past],
      ] as const) {
        // prettier-ignore
        t.match(await set(secretEnd, clientEnd), { isExpired: true }, `${secretEnd}, ${clientEnd}`);
      }
      t.match(await set('null', 'null'), { expiresAt: null, isExpired: false });
    },
  );

  await t.test('what has been committed before a read is seen by it', async (t) => {
    await test.query(`update api_clients set status = 'paused', permissions = '{api.read}' where client_id = $1`, [
      client.client_id,
    ]);
    t.match(await states.findByLookupId(lookupId), { status: 'paused', permissions: ['api.read'] });
    await regenerate(test, owner, { clientId: client.client_id });
    t.equal(await states.findByLookupId(lookupId), undefined);
    t.match(await test.query('select status from secrets where id = $1', [secretId]), [{ status: 'revoked' }]);
    t.equal(await states.findByToken({ secretId, jti: randomUUID() }), undefined, 'though its row is there');
  });
});
