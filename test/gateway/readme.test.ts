import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { createClient, registerUser } from '../support/factories.ts';
import { buildListening, needs, startGateway } from '../support/gateway.ts';

const readme = await readFile(join(import.meta.dirname, '..', '..', 'README.md'), 'utf8');
const locations = /^## Protect an upstream$[^#]*?^```nginx\n(.*?)^```$/ms.exec(readme)?.[1] ?? '';

void t.test('the nginx configuration of the README protects an upstream', needs('nginx'), async (t) => {
  const test = await buildListening(t);
  const owner = await registerUser(test);
  const reader = await createClient(test, owner, { environment: 'staging' });
  const writer = await createClient(test, owner, { permissions: ['api.write'] });
  const config = `server {\nlisten 8080;\n${locations}}\n`;
  const gateway = await startGateway(t, test, { name: 'nginx', config });
  const names = ['x-client-id', 'x-organization-id', 'x-application-id', 'x-environment', 'x-permissions'];
  const forged = Object.fromEntries(
    names.flatMap((name) => [name, name.replaceAll('-', '_')]).map((name) => [name, 'forged']),
  );
  const sendWith = async (secret: string) =>
    gateway.send('/orders?a=b', { headers: { ...forged, 'x-api-key': secret } });

  t.equal((await sendWith(reader.client_secret)).body, 'from the upstream');
  const arrived = Object.fromEntries(gateway.seen[0]?.headers ?? []);
  t.match(arrived, { 'x-client-id': reader.client_id, 'x-environment': 'staging', 'x-permissions': 'api.read' });
  t.notOk(JSON.stringify(arrived).includes('forged'));
  t.notOk('x-api-key' in arrived);

  t.equal((await sendWith(writer.client_secret)).status, 403);
  t.equal((await sendWith('wrong')).status, 401);
  t.equal((await gateway.send('/_latchkey', { headers: { 'x-api-key': reader.client_secret } })).status, 404);
  await gateway.line.cut();
  t.equal((await sendWith(reader.client_secret)).status, 500);
  t.equal(gateway.seen.length, 1, 'only the right key got through');
});
