import { setTimeout as delay } from 'node:timers/promises';
import t from 'tap';
import { makeDeployment } from '../support/deployment.ts';
import { query, until } from '../support/embedded-service.ts';
import { readToken, encode } from '../support/forged-tokens.ts';
import { runOperations } from '../support/operations-page.ts';
import { call } from '../support/service-process.ts';
import { askForToken, createApiClient, expectStatus, logIn, signUp } from '../support/service-user.ts';

/** What the processes do not agree on goes wrong for seconds, and all that the load waits for takes ten of them. */
const PAUSE_MS = 100;

void t.test('a rotation of the signing key under load is noticed by nobody', async (t) => {
  const place = await makeDeployment(t);
  const { databaseUrl, smtp } = place;
  const settings = { ...place.env, PUBLIC_URL: 'https://accounts.acme.example' };
  const origins = await Promise.all([settings, settings].map((env) => place.launch(env).listening()));
  const [one = '', two = ''] = origins;
  const user = await signUp(one, smtp);
  const client = (await expectStatus(201, createApiClient(one, user, 'Backend'))).body;
  const old = { admin: user.token, access: await askForToken(one, client) };
  const oldKid = kidOf(old.admin);

  /** Which key signed last on each process, and everything that was not answered with 200. */
  const signedBy = new Map<string, string>();
  const failures: unknown[] = [];
  let rounds = 0;
  let isOver = false;
  const note = (what: string, status: number) => {
    if (status !== 200) failures.push({ what, status });
  };
  const load = async (here: string, there: string) => {
    while (!isOver) {
      const login = await logIn(here, user.email);
      note('login', login.status);
      const { access_token: admin } = login.body as { access_token: string };
      note('new admin token', (await call(there, '/auth/v2/organizations/me/', { token: admin })).status);
      const access = await askForToken(here, client);
      note('new access token', (await call(there, '/auth/v2/verify/', { token: access })).status);
      note('old admin token', (await call(here, '/auth/v2/organizations/me/', { token: old.admin })).status);
      note('old access token', (await call(here, '/auth/v2/verify/', { token: old.access })).status);
      note('secret', (await call(here, '/auth/v2/verify/', { apiKey: client.client_secret })).status);
      signedBy.set(here, kidOf(admin));
      rounds += 1;
      await delay(PAUSE_MS);
    }
  };
  const loads = [load(one, two), load(two, one)];
  await until(async () => signedBy.size === origins.length);

  await runOperations('signing-key', { cwd: place.dir, env: settings });
  const [made] = await query(databaseUrl, 'select kid from signing_keys where retired_at is null');
  const newKid = String(made?.kid);
  t.not(newKid, oldKid);
  const published = async (origin: string) => (await readKids(origin)).includes(newKid);
  for (const origin of origins) await readKeysAgain(origin, () => published(origin));
  await someRounds();
  t.same([...signedBy.values()], [oldKid, oldKid], 'the new key is published before it signs');

  await query(databaseUrl, `update signing_keys set activates_at = now() where kid = '${newKid}'`);
  for (const origin of origins) await readKeysAgain(origin, async () => signedBy.get(origin) === newKid);
  await someRounds();
  isOver = true;
  await Promise.all(loads);
  t.same(failures, []);
  for (const origin of origins) t.same((await readKids(origin)).sort(), [oldKid, newKid].sort());

  async function someRounds(): Promise<void> {
    const before = rounds;
    await until(async () => rounds >= before + 3 * origins.length);
  }

  /** A process reads the keys once a minute, and sooner when it meets a token of a key it does not know. */
  async function readKeysAgain(origin: string, isDone: () => Promise<boolean>): Promise<void> {
    const [, payload, signature] = old.admin.split('.');
    const header = encode({ ...readToken(old.admin).header, kid: 'of a key that another process has made' });
    await until(async () => {
      await call(origin, '/auth/v2/organizations/me/', { token: [header, payload, signature].join('.') });
      return isDone();
    });
  }
});

function kidOf(token: string): string {
  return String(readToken(token).header.kid);
}

async function readKids(origin: string): Promise<string[]> {
  const { body } = await call<{ keys: { kid: string }[] }>(origin, '/.well-known/jwks.json');
  return body.keys.map(({ kid }) => kid);
}
