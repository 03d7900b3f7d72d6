import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { makeDeployment, runCommand, runInstalled, startCommand, startOnTerminal } from '../support/command-line.ts';
import { query, until } from '../support/embedded-service.ts';
import { makeEmail, PASSWORD } from '../support/factories.ts';
import { call, makeServicePlace } from '../support/service-process.ts';
import { logIn, verify } from '../support/service-user.ts';
import { plantKeys } from '../support/signing-keys.ts';

interface Seeded {
  organizations: number;
  applications: number;
  api_clients: number;
  secrets: number;
  secrets_file: string;
}

interface Secret {
  organization_id: string;
  application_id: string | null;
  client_id: string;
  client_secret: string;
  environment: string;
  is_api_key: boolean;
}

const dir = await mkdtemp(join(tmpdir(), 'latchkey-seed-'));
t.teardown(() => rm(dir, { recursive: true }));

async function readSecrets(path: string): Promise<Secret[]> {
  const lines = (await readFile(path, 'utf8')).split('\n');
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as Secret);
}

async function countRows(databaseUrl: string): Promise<unknown> {
  const counts = ['organizations', 'applications', 'api_clients', 'secrets', 'memberships'].map(
    (table) => `(select count(*) from ${table})::int as ${table}`,
  );
  return (await query(databaseUrl, `select ${counts.join()}`))[0];
}

void t.test('it makes what was asked for, and every secret in the file is good', async (t) => {
  const env = await makeDeployment(t);
  const email = makeEmail();
  await runCommand(['create-owner', email, '--password-stdin'], { env, input: PASSWORD });
  await query(env.DATABASE_URL, 'delete from organizations');
  const path = join(dir, 'secrets.jsonl');
  const amounts = ['--organizations', '3', '--applications', '2', '--api-clients', '101', '--owner', email];
  const { code, stdout, stderr } = await runInstalled(['seed', ...amounts, '--secrets-file', path, '--json'], { env });
  t.same({ code, stderr }, { code: 0, stderr: '' });
  t.same(JSON.parse(stdout) as Seeded, {
    organizations: 3,
    applications: 6,
    api_clients: 303,
    secrets: 309,
    secrets_file: path,
  });
  t.same(await countRows(env.DATABASE_URL), {
    organizations: 3,
    applications: 6,
    api_clients: 309,
    secrets: 309,
    memberships: 3,
  });
  t.equal((await stat(path)).mode & 0o777, 0o600);
  const secrets = await readSecrets(path);
  t.equal(new Set(secrets.map((secret) => secret.client_secret)).size, 309);
  t.equal(secrets.filter((secret) => secret.is_api_key).length, 6);
  const perApplication = secrets.filter((secret) => !secret.is_api_key).map((secret) => secret.application_id);
  t.same(
    [...new Set(perApplication)].map((id) => perApplication.filter((other) => other === id).length).sort(),
    [50, 50, 50, 51, 51, 51],
    'dealt out in turn',
  );

  await plantKeys(env);
  const { launch } = await makeServicePlace(t);
  const origin = await launch({ ...env, LOG_LEVEL: 'info' }).listening();
  for (const secret of [secrets[0], secrets[150], secrets.at(-1)]) {
    const { status, body } = await call(origin, '/auth/v2/verify/?permission=api.read', {
      apiKey: secret?.client_secret ?? '',
    });
    t.equal(status, 200);
    const { client_id, organization_id, application_id } = secret ?? {};
    t.match(body, { client_id, organization_id, application_id });
  }
  t.equal(await verify(origin, `${secrets[0]?.client_secret.slice(0, -1) ?? ''}!`), 401);
  const { access_token: token } = (await logIn(origin, email)).body as { access_token: string };
  const mine = await call<{ name: string }[]>(origin, '/auth/v2/organizations/me/', { token });
  t.same(
    mine.body.map(({ name }) => name),
    ['Organization 1', 'Organization 2', 'Organization 3'],
  );
});

void t.test(
  'without applications the API clients stand alone, and without anything there are organizations',
  async (t) => {
    const env = await makeDeployment(t);
    const [alone, none] = [join(dir, 'alone.jsonl'), join(dir, 'none.jsonl')];
    const few = ['--organizations', '2', '--applications', '0'];
    t.equal((await runCommand(['seed', ...few, '--api-clients', '3', '--secrets-file', alone], { env })).code, 0);
    t.same(
      (await readSecrets(alone)).map((secret) => secret.application_id),
      [null, null, null, null, null, null],
    );
    const empty = await runCommand(['seed', ...few, '--api-clients', '0', '--secrets-file', none, '--yes'], { env });
    t.same(empty, {
      code: 0,
      stdout: `Made 2 organizations with 0 applications and 0 API clients each; their 0 secrets are in ${none}.\n`,
      stderr: '',
    });
    t.match(await countRows(env.DATABASE_URL), { organizations: 4, applications: 0, api_clients: 6, memberships: 0 });
  },
);

void t.test('it asks before it adds to what is there, and never writes over a file', async (t) => {
  const env = await makeDeployment(t);
  const seed = (path: string, ...more: string[]) =>
    runCommand(['seed', '--organizations', '1', '--secrets-file', path, ...more], { env });
  const path = join(dir, 'first.jsonl');
  t.equal((await seed(path)).code, 0);
  const before = await countRows(env.DATABASE_URL);

  t.same(await seed(join(dir, 'second.jsonl')), {
    code: 1,
    stdout: '',
    stderr: 'The database holds organizations already: add --yes to put more beside them\n',
  });
  const kept = join(dir, 'kept');
  await writeFile(kept, 'precious');
  for (const taken of [kept, path]) {
    const { code, stderr } = await seed(taken, '--yes');
    t.equal(code, 1);
    t.equal(stderr, `The secrets file ${taken} cannot be made: it exists, and is not overwritten\n`);
  }
  t.equal(await readFile(kept, 'utf8'), 'precious');
  t.match(await seed(join(dir, 'nowhere', 'x.jsonl'), '--yes'), {
    code: 1,
    stderr: /^The secrets file \S+ cannot be made: ENOENT[^\n]*\n$/,
  });
  t.match(await seed('-', '--yes'), { code: 2, stdout: '', stderr: /^--secrets-file must name a file: [^\n]*\n$/ });
  t.match(await seed(join(dir, 'unowned.jsonl'), '--yes', '--owner', 'nobody@example.com'), {
    code: 1,
    stderr: 'nobody@example.com has no account: make one with latchkey create-owner\n',
  });
  t.same(await countRows(env.DATABASE_URL), before);
  t.same(
    (await readdir(dir)).filter((name) => ['second.jsonl', 'unowned.jsonl'].includes(name)),
    [],
  );

  t.equal((await seed(join(dir, 'third.jsonl'), '--yes')).code, 0);
  t.match(await countRows(env.DATABASE_URL), { organizations: 2, secrets: 4 });
});

void t.test('interrupted, what is stored is in the file, and the file holds no more', async (t) => {
  const env = await makeDeployment(t);
  const path = join(dir, 'interrupted.jsonl');
  const args = ['seed', '--organizations', '100', '--api-clients', '1000', '--secrets-file', path];
  const command = await startCommand(args, { env });
  await until(async () => (await stat(path).catch(() => null))?.size !== undefined && (await stat(path)).size > 0);
  command.kill('SIGINT');
  t.same(await command.ended(), { code: 1, stdout: '', stderr: 'latchkey seed was interrupted\n' });
  const stored = await query(env.DATABASE_URL, 'select client_id from api_clients order by id');
  t.same(
    (await readSecrets(path)).map((secret) => secret.client_id),
    stored.map((row) => row.client_id),
  );
  t.ok(stored.length < 100_000);
});

void t.test('a failure in the middle is one sentence that repeats no secret', async (t) => {
  const env = await makeDeployment(t);
  await query(
    env.DATABASE_URL,
    `create function refuse() returns trigger language plpgsql as $$
     begin raise exception 'the disk is full' using detail = to_jsonb(new)::text; end $$;
     create trigger refuse before insert on secrets for each row execute function refuse()`,
  );
  const path = join(dir, 'failed.jsonl');
  t.same(await runCommand(['seed', '--organizations', '1', '--secrets-file', path], { env }), {
    code: 1,
    stdout: '',
    stderr: 'The database refused a step of latchkey seed (the disk is full): its log says more\n',
  });
  t.match(await countRows(env.DATABASE_URL), { organizations: 0, applications: 0, secrets: 0 });
  await t.rejects(stat(path), { code: 'ENOENT' }, 'a file without a secret is taken away again');
});

void t.test('on a terminal it shows how far it is, and no secret', async (t) => {
  const env = await makeDeployment(t);
  const path = join(dir, 'shown.jsonl');
  const args = ['seed', '--organizations', '1', '--api-clients', '400', '--secrets-file', path];
  const { code, stdout } = await (await startOnTerminal(args, { env })).ended();
  t.equal(code, 0, stdout);
  t.match(stdout, /\[#{18}\.{12}\] 62 % {2}249 of 401, \d+\/s/);
  t.match(stdout, /\[#{30}\] 100 % {2}401 of 401, \d+\/s/);
  t.notMatch(stdout, /lk_live_/);
});
