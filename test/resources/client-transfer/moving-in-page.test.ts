import { spawn } from 'node:child_process';
import { createHash, pbkdf2Sync, randomBytes, randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import bcrypt from 'bcrypt';
import t from 'tap';
import { build } from '../../support/build-app.ts';
import { API, registerUser } from '../../support/factories.ts';
import { importLines } from '../../support/imports.ts';
import { basic, check } from '../../support/machines.ts';

const page = await readFile(join(import.meta.dirname, '../../../docs/moving-in.md'), 'utf8');
const test = await build(t);

/** Runs a script of the page over the data of another system. */
async function map(name: string, data: string): Promise<string[]> {
  const script = new RegExp(`<!-- ${name} -->\\n\`\`\`python\\n(.*?)^\`\`\`$`, 'ms').exec(page)?.[1];
  if (script === undefined) throw new Error(`the page has no ${name}`);
  const child = spawn('python3', ['-c', script], { stdio: ['pipe', 'pipe', 'inherit'] });
  child.stdin.end(data);
  return (await text(child.stdout)).trim().split('\n');
}

const toLines = (documents: object[]) => documents.map((one) => JSON.stringify(one)).join('\n');
const base64 = (bytes: Buffer) => bytes.toString('base64').replaceAll('=', '');

async function isAccepted(clientId: string, secret: string): Promise<boolean> {
  const headers = { authorization: basic(clientId, secret) };
  return (await test.request('GET', `${API}/verify/`, { headers })).statusCode === 200;
}

void t.test('clients of Hydra move in with their PBKDF2 and bcrypt hashes', async (t) => {
  const owner = await registerUser(test);
  const secrets = ['6MoXWZ~9rT0e_Kq.bnw8fLJh4Y', 'a-secret-that-somebody-chose'] as const;
  const salt = randomBytes(16);
  const key = pbkdf2Sync(secrets[0], salt, 25_000, 32, 'sha256');
  const ends = Math.floor(Date.now() / 1000) + 86_400;
  const clients = [
    {
      id: randomUUID(),
      client_name: 'Jobs',
      client_secret: `$pbkdf2-sha256$i=25000,l=32$${base64(salt)}$${base64(key)}`,
    },
    {
      id: 'reports',
      client_name: '',
      client_secret: await bcrypt.hash(secrets[1], 10),
      client_secret_expires_at: ends,
    },
  ].map((client) => ({ client_secret_expires_at: 0, scope: 'api.read api.write', ...client }));
  const { end } = await importLines(test, owner, await map('hydra.py', toLines(clients)));
  t.match(end, { done: true, imported: 2, failed: 0 });
  for (const [index, { id }] of clients.entries()) {
    t.ok(await isAccepted(id, secrets[index]!));
    t.notOk(await isAccepted(id, 'another secret'));
  }
});

void t.test('clients of a realm of Keycloak move in, their plain secrets hashed on the way', async (t) => {
  const owner = await registerUser(test);
  const plain = { nightly: 'W9xqgD3m0vK4hRzN7sYtB2cLfJ8pQa6E', portal: 'a53cb0f1-0d52-4b54-8c88-0c2b9b8e3f0d' };
  const realm = {
    realm: 'acme',
    clients: [
      { clientId: 'nightly', name: 'Nightly', secret: plain.nightly, serviceAccountsEnabled: true, enabled: true },
      { clientId: 'portal', secret: plain.portal, serviceAccountsEnabled: true, enabled: false },
      { clientId: 'account', publicClient: true, redirectUris: ['/realms/acme/account/*'] },
      { clientId: 'masked', secret: '**********', serviceAccountsEnabled: true },
    ],
  };
  const lines = await map('keycloak.py', JSON.stringify(realm));
  for (const secret of Object.values(plain)) t.notMatch(lines.join(), secret);
  t.match((await importLines(test, owner, lines)).end, { done: true, imported: 2, failed: 0 });
  t.ok(await isAccepted('nightly', plain.nightly));
  t.notOk(await isAccepted('portal', plain.portal), 'it was not enabled');
});

void t.test('keys of Unkey move in with their SHA-256, and are sent as x-api-key', async (t) => {
  const owner = await registerUser(test);
  const key = 'prod_3ZbYtQv8mKcW5rXnD7pLhA';
  const keys = [
    {
      id: 'key_2cGKbMxRyIzhCxo1Idjz8q',
      name: null,
      hash: createHash('sha256').update(key).digest('base64'),
      enabled: 1,
      expires: '2096-01-02 03:04:05.678',
    },
  ];
  t.match((await importLines(test, owner, await map('unkey.py', toLines(keys)))).end, { done: true, imported: 1 });
  t.match((await check(test, key)).json(), { client_id: keys[0]!.id, expires_at: '2096-01-02T03:04:05.000Z' });
  t.equal((await check(test, `${key}x`)).statusCode, 401);
});

void t.test('clients of a store with bcrypt move in', async (t) => {
  const owner = await registerUser(test);
  const secret = randomBytes(48).toString('base64url');
  const client = {
    client_id: 'mT3k7VbZ0qLxW9rYc5NdHfJ2sPgA8eUo',
    name: 'Partner',
    scopes: ['api.read'],
    client_secret_hash: await bcrypt.hash(secret, 10),
  };
  t.match((await importLines(test, owner, await map('bcrypt.py', toLines([client])))).end, { imported: 1 });
  t.ok(await isAccepted(client.client_id, secret));
});
