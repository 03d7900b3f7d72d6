import t from 'tap';
import { query, until } from '../support/embedded-service.ts';
import { makeDeployment } from '../support/deployment.ts';
import { call } from '../support/service-process.ts';
import { createApiClient, expectStatus, signUp, verify } from '../support/service-user.ts';

const { launch, databaseUrl, smtp, env } = await makeDeployment(t);

/** When the clients were last used, in milliseconds since the epoch or null, in the order given. */
async function readUses(clientIds: string[]): Promise<(number | null)[]> {
  const rows = await query(
    databaseUrl,
    `select client_id, extract(epoch from last_used_at) * 1000 as used_at from api_clients`,
  );
  const uses = new Map(rows.map((row) => [row.client_id, row.used_at === null ? null : Number(row.used_at)]));
  return clientIds.map((id) => uses.get(id) ?? null);
}

void t.test('kill -9 loses the uses of the last few seconds and nothing else', async (t) => {
  const first = launch(env);
  const origin = await first.listening();
  const user = await signUp(origin, smtp);
  const [early, late] = [
    (await expectStatus(201, createApiClient(origin, user, 'Early'))).body,
    (await expectStatus(201, createApiClient(origin, user, 'Late'))).body,
  ];
  const clientIds = [early.client_id, late.client_id];

  const before = Date.now();
  t.equal(await verify(origin, early.client_secret), 200);
  const after = Date.now();
  await until(async () => (await readUses(clientIds))[0] !== null);
  const [written, untouched] = await readUses(clientIds);
  t.ok(written! >= before && written! <= after, 'written without a stop, with the time of the use');
  t.equal(untouched, null);

  t.equal(await verify(origin, late.client_secret), 200);
  const made = (await expectStatus(201, createApiClient(origin, user, 'Last'))).body;
  first.kill('SIGKILL');
  t.equal(await first.ended(), 'SIGKILL');

  const second = launch(env);
  const next = await second.listening();
  t.equal((await readUses(clientIds))[0], written, 'what was written stays');
  for (const { client_secret: secret } of [early, late, made]) t.equal(await verify(next, secret), 200);
  t.equal((await call(next, '/auth/v2/organizations/me/', { token: user.token })).status, 200);

  second.kill('SIGTERM');
  t.equal(await second.ended(), 0);
  for (const usedAt of await readUses([...clientIds, made.client_id]))
    t.ok(usedAt! > written!, 'a clean stop loses none');
});
