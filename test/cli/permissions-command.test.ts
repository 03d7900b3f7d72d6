import t from 'tap';
import { makeDeployment, runCommand, runForJson, runInstalled } from '../support/command-line.ts';
import { query } from '../support/embedded-service.ts';

interface Report {
  permissions: { name: string; clients: number; is_in_catalogue: boolean }[];
  changed_clients: number;
  clients_left: number;
}

/** The catalogue after `flows.execute` was taken out of it and `reports.read` was added. */
const LATCHKEY_PERMISSIONS = JSON.stringify(
  ['api.read', 'api.write', 'reports.read'].map((name) => ({ name, description: name })),
);

async function makeClients(databaseUrl: string, lists: readonly string[]): Promise<void> {
  await query(
    databaseUrl,
    `with made as (insert into organizations (id, name, contact_email)
       values (gen_random_uuid(), 'Acme', 'ada@acme.example') returning id)
     insert into api_clients (id, client_id, organization_id, name, environment, permissions)
     select gen_random_uuid(), 'client-of-twenty-two-' || chr(96 + place::int), made.id, 'Client', 'live', list::text[]
     from made, unnest(array[${lists.map((list) => `'${list}'`).join()}]) with ordinality as given (list, place)`,
  );
}

async function readLists(databaseUrl: string): Promise<unknown[]> {
  const rows = await query(databaseUrl, 'select permissions from api_clients order by client_id');
  return rows.map(({ permissions }) => permissions);
}

void t.test('a permission that left the catalogue is listed, and taken out of every client on request', async (t) => {
  const env = await makeDeployment(t);
  const { DATABASE_URL: databaseUrl } = env;
  await makeClients(databaseUrl, ['{api.write,flows.execute,api.read}', '{api.read}', '{flows.execute}']);
  const changed = { ...env, LATCHKEY_PERMISSIONS };

  const before = await runInstalled(['permissions'], { env: changed });
  t.same(before, {
    code: 0,
    stdout:
      'api.read: 2 API clients\napi.write: 1 API client\nreports.read: 0 API clients\n' +
      'flows.execute: 2 API clients (not in the catalogue)\n' +
      '--remove-unknown takes what is not in the catalogue out of every API client\n',
    stderr: '',
  });
  const doctor = await runCommand(['doctor'], { env: changed });
  t.match(doctor.stdout, /^warn +permissions +.*flows\.execute \(2\): latchkey permissions/m);

  const { code, document, stderr } = await runForJson<Report>(['permissions', '--remove-unknown'], { env: changed });
  t.equal(code, 1, 'one client is left for somebody to decide about');
  t.match(stderr, /^1 API clients hold nothing else .*: client-of-twenty-two-c\n$/);
  t.same(document, {
    permissions: [
      { name: 'api.read', clients: 2, is_in_catalogue: true },
      { name: 'api.write', clients: 1, is_in_catalogue: true },
      { name: 'reports.read', clients: 0, is_in_catalogue: true },
      { name: 'flows.execute', clients: 1, is_in_catalogue: false },
    ],
    changed_clients: 1,
    clients_left: 1,
  });
  t.same(await readLists(databaseUrl), [['api.write', 'api.read'], ['api.read'], ['flows.execute']]);
  t.same(
    await query(databaseUrl, "select version from api_clients where client_id like '%-a'"),
    [{ version: 2 }],
    'whoever read it before has to read it again',
  );
});

void t.test('nothing changes without being asked, and nothing twice', async (t) => {
  const env = await makeDeployment(t);
  const { DATABASE_URL: databaseUrl } = env;
  await makeClients(databaseUrl, ['{api.write,flows.execute}']);
  const changed = { ...env, LATCHKEY_PERMISSIONS };
  t.equal((await runCommand(['permissions'], { env: changed })).code, 0);
  t.same(await readLists(databaseUrl), [['api.write', 'flows.execute']]);
  for (const count of [1, 0]) {
    const { code, stdout } = await runCommand(['permissions', '--remove-unknown'], { env: changed });
    t.equal(code, 0);
    t.match(stdout, `\n${count} API clients were changed\n`);
  }
  t.same(await readLists(databaseUrl), [['api.write']]);
});
