import { compactVerify, createLocalJWKSet, decodeProtectedHeader } from 'jose';
import type { JSONWebKeySet } from 'jose';
import t from 'tap';
import { v7 as uuidv7 } from 'uuid';
import { startKeyRing } from '../../support/audit.ts';
import { build } from '../../support/build-app.ts';
import { API, createClient, registerUser } from '../../support/factories.ts';
import { basic } from '../../support/machines.ts';
import { createAuditHeads, readAuditHead } from '../../../src/tokens/audit-heads.ts';

const test = await build(t);
const user = await registerUser(test);
const url = `${API}/organizations/${user.organizationId}/audit-events/`;

void t.test('200 with the end of the chain, signed by a published key', async (t) => {
  const response = await test.request('GET', `${url}head/`, { token: user.token });
  t.equal(response.statusCode, 200);
  const { jws, ...head } = response.json<{ sequence: number; hash: string; at: string; jws: string }>();
  const [newest] = (await test.request('GET', url, { token: user.token })).json<{ results: object[] }>().results;
  t.match(newest, head);
  const keys = (await test.request('GET', '/.well-known/jwks.json')).json<JSONWebKeySet>();
  const { payload } = await compactVerify(jws, createLocalJWKSet(keys));
  t.match(JSON.parse(Buffer.from(payload).toString()), {
    iss: test.config.publicUrl,
    iat: Number,
    chain: { type: 'organization', id: user.organizationId },
    ...head,
  });
});

void t.test('a head passes nowhere as a token', async (t) => {
  const { jws } = (await test.request('GET', `${url}head/`, { token: user.token })).json<{ jws: string }>();
  t.equal(decodeProtectedHeader(jws).typ, 'latchkey-audit-head');
  t.equal((await test.request('GET', url, { token: jws })).statusCode, 401);
  t.equal((await test.request('GET', `${API}/verify/`, { token: jws })).statusCode, 401);
  const client = await createClient(test, user);
  const headers = {
    authorization: basic(client.client_id, client.client_secret),
    'content-type': 'application/x-www-form-urlencoded',
  };
  const answer = await test.request('POST', `${API}/introspect/`, { headers, body: `token=${jws}` });
  t.same(answer.json(), { active: false });
});

void t.test('a chain without an event has a head, too', async (t) => {
  const keyRing = await startKeyRing(t, test);
  const chain = { type: 'organization', id: uuidv7() };
  const heads = createAuditHeads({ keyRing, clock: { now: Date.now }, issuer: test.config.publicUrl });
  const jws = await heads.sign({ chain, sequence: 0, hash: '0'.repeat(64), at: null });
  t.match(await readAuditHead(keyRing, jws), { signature: 'good', head: { chain, sequence: 0, at: null } });
  const id = uuidv7();
  await test.query('insert into organizations (id, name, contact_email) values ($1, $2, $3)', [
    id,
    'New',
    'a@b.example',
  ]);
  await test.query(
    `insert into memberships (id, organization_id, user_id, role) values (gen_random_uuid(), $1, $2, 'owner')`,
    [id, user.userId],
  );
  const empty = await test.request('GET', `${API}/organizations/${id}/audit-events/head/`, { token: user.token });
  t.match(empty.json(), { sequence: 0, hash: /^[0-9a-f]{64}$/, at: null });
});
