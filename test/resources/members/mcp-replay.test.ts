import { execFile } from 'node:child_process';
import { chmod, readFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { createRemoteJWKSet, jwtVerify } from 'jose';
import t from 'tap';
import { build } from '../../support/build-app.ts';
import { makeCompany } from '../../support/company.ts';
import { API, createClient, insertMember, makeEmail, PASSWORD } from '../../support/factories.ts';
import { basic } from '../../support/machines.ts';
import { readInvitation, readMembers } from '../../support/members.ts';

/** What Didit's MCP server sends, version 5.0.0 of didit-protocol/mcp: docs/mcp.md says how the two are put together. */
const test = await build(t);
const company = await makeCompany(test);
const { owner, admin, reader, stranger, organizationId: org } = company;
const machine = await createClient(test, owner, { application_id: owner.applicationId });
const server = await build(t, { env: { LATCHKEY_ADMIN_RESOURCE_SERVERS: machine.client_id }, beside: test });
await server.app.listen({ host: '127.0.0.1', port: 0 });
const origin = `http://127.0.0.1:${(server.app.server.address() as AddressInfo).port}`;

interface Call {
  method?: string;
  json?: unknown;
  params?: Record<string, string>;
  token?: string;
}

/** As a tool calls: the header of JSON with every request, a body with few. */
async function call(path: string, { method = 'GET', json, params = {}, token = admin.token }: Call = {}) {
  const url = new URL(`${origin}${API}${path}`);
  for (const [name, value] of Object.entries(params)) url.searchParams.set(name, value);
  const response = await fetch(url, {
    method,
    headers: {
      'Content-Type': 'application/json',
      Authorization: `Bearer ${token}`,
      'X-Didit-Organization-Id': org,
    },
    ...(json === undefined ? {} : { body: JSON.stringify(json) }),
  });
  const text = await response.text();
  return { status: response.status, text, body: (text === '' ? null : JSON.parse(text)) as Record<string, unknown> };
}

void t.test('didit_org_list_members, with the id of the organization once more in the query', async (t) => {
  const { status, body } = await call(`/organizations/${org}/members/`, { params: { organization_id: org } });
  t.equal(status, 200);
  const results = body.results as { email: string; role: string }[];
  t.equal(results.length, 4);
  t.ok(results.some(({ email, role }) => email === owner.email && role === 'owner'));
});

void t.test('didit_org_invite_member, with and without a role', async (t) => {
  const roles = await call(`/organizations/${org}/roles/`);
  const [, , developer] = roles.body.results as { uuid: string }[];
  for (const role of ['admin', developer!.uuid, undefined]) {
    const email = makeEmail();
    const json = { organization_id: org, email, role };
    const { status, body } = await call(`/organizations/${org}/members/`, { method: 'POST', json });
    t.equal(status, 200);
    t.match(body, { results: [{ email, result: 'invited' }] });
    t.ok(await readInvitation(test, email));
  }
});

void t.test('didit_org_update_member and didit_org_remove_member', async (t) => {
  const member = await insertMember(test, org);
  const path = `/organizations/${org}/members/${member}/`;
  const json = { organization_id: org, member_id: member, role: 'developer' };
  const updated = await call(path, { method: 'PATCH', json });
  t.match(updated, { status: 200, body: { uuid: member, role: 'developer' } });
  const size = (await readMembers(test, company)).size;
  t.same(await call(path, { method: 'DELETE' }), { status: 204, text: '', body: null });
  t.equal((await readMembers(test, company)).size, size - 1);
});

void t.test('didit_org_list_roles', async (t) => {
  const { status, body } = await call(`/organizations/${org}/roles/`);
  t.equal(status, 200);
  const names = (body.results as { name: string }[]).map(({ name }) => name);
  t.same(names, ['owner', 'admin', 'developer', 'reader']);
});

void t.test('didit_org_list_api_keys, of the organization and of an application, never with a secret', async (t) => {
  const free = await createClient(test, owner, { name: 'Free', environment: 'staging' });
  const all = await call(`/organizations/${org}/api-keys/`, { token: reader.token });
  t.equal(all.status, 200);
  const ofApplication = await call(`/organizations/${org}/applications/${owner.applicationId}/api-keys/`);
  t.equal(ofApplication.status, 200);
  const idsOf = ({ body }: { body: Record<string, unknown> }) =>
    (body.results as { client_id: string }[]).map(({ client_id: id }) => id);
  t.same(idsOf(all), [free.client_id, machine.client_id, owner.clientId]);
  t.same(idsOf(ofApplication), [machine.client_id, owner.clientId]);
  const [key] = all.body.results as Record<string, unknown>[];
  t.match(key, {
    name: 'Free',
    environment: 'staging',
    permissions: ['api.read'],
    api_key_hint: free.client_secret_hint,
  });
  t.same(Object.keys(key!).sort(), [
    ...['api_key_hint', 'application_id', 'client_id', 'created_at', 'environment', 'expires_at'],
    ...['last_used_at', 'name', 'permissions', 'status'],
  ]);
  for (const { text } of [all, ofApplication]) t.notMatch(text, /lk_(?:live|staging)_/);
  t.equal((await call(`/organizations/${org}/applications/${stranger.applicationId}/api-keys/`)).status, 404);
});

void t.test('what the other tools begin with: organizations, and the applications of each', async (t) => {
  const mine = await call('/organizations/me/', { token: owner.token });
  t.match(mine.body, [{ uuid: org, name: owner.organizationName }]);
  const applications = await call(`/organizations/me/${org}/applications/`, { token: owner.token });
  t.match(applications.body, { results: [{ uuid: owner.applicationId }] });
});

void t.test(
  'an id that is said again is fine when it is that of the path, and 400 beside all other faults',
  async (t) => {
    const path = `/organizations/${org}/members/`;
    const upper = await call(path, { params: { organization_id: org.toUpperCase() } });
    t.equal(upper.status, 200);
    const other = stranger.organizationId;
    const wrongQuery = await call(path, { params: { organization_id: other, limit: 'x' } });
    t.match(wrongQuery, { status: 400, body: { errors: [{ pointer: '?limit' }, { pointer: '?organization_id' }] } });
    const json = { organization_id: other, role: 'king' };
    const wrongBody = await call(path, { method: 'POST', json });
    t.equal(wrongBody.status, 400);
    const pointers = (wrongBody.body.errors as { pointer: string }[]).map(({ pointer }) => pointer);
    t.same(pointers.sort(), ['/email', '/organization_id', '/role']);

    const member = await insertMember(test, org);
    const patch = (more: object) =>
      call(`/organizations/${org}/members/${member}/`, { method: 'PATCH', json: { role: 'reader', ...more } });
    t.equal((await patch({ member_id: member })).status, 200);
    for (const wrong of [{ member_id: org }, { member_id: [member] }, { member_id: null }, { app_id: org }]) {
      t.equal((await patch(wrong)).status, 400, JSON.stringify(wrong));
    }
    const application = `/organizations/${org}/applications/${owner.applicationId}/`;
    const renamed = { method: 'PATCH', json: { app_id: owner.applicationId, organization_id: org, name: 'Renamed' } };
    t.equal((await call(application, renamed)).status, 200);
  },
);

void t.test(
  'the hosted server asks introspect/ about the token of a person, with and without an organization',
  async (t) => {
    const introspect = async (body: object) => {
      const response = await fetch(`${origin}${API}/introspect/`, {
        method: 'POST',
        headers: {
          'Content-Type': 'application/json',
          Authorization: basic(machine.client_id, machine.client_secret),
        },
        body: JSON.stringify(body),
      });
      t.equal(response.status, 200);
      return (await response.json()) as Record<string, unknown>;
    };
    const { token } = reader;
    const plain = await introspect({ token });
    t.match(plain, { active: true, sub: reader.userId, email: reader.email });
    t.ok(Number(plain.exp) * 1000 > Date.now());
    t.notOk('organization_id' in plain);
    t.match(await introspect({ token, requested_org: org }), { active: true, organization_id: org });
    t.notOk('organization_id' in (await introspect({ token: stranger.token, requested_org: org })));
    t.same(await introspect({ token: `${token.slice(0, -4)}AAAA`, requested_org: org }), { active: false });
    await test.query('update sessions set ended_at = now() where user_id = $1', [reader.userId]);
    t.same(await introspect({ token, requested_org: org }), { active: false }, 'from the end of the session on');
  },
);

void t.test('or it checks the signature itself, by the published keys', async (t) => {
  const keys = createRemoteJWKSet(new URL(`${origin}/.well-known/jwks.json`));
  const issuer = server.config.publicUrl;
  const options = { algorithms: ['ES256', 'RS256'], issuer, audience: ['https://mcp.acme.example', `${issuer}${API}`] };
  const { payload } = await jwtVerify(admin.token, keys, options);
  t.equal(payload.sub, admin.userId);
  await t.rejects(jwtVerify(`${admin.token.slice(0, -4)}AAAA`, keys, options), { code: /^ERR_JW/ });
});

/** The commands of a part of docs/mcp.md as they stand there, said to this service by its owner. */
async function readCommands(heading: string): Promise<string> {
  const page = await readFile(join(import.meta.dirname, '../../../docs/mcp.md'), 'utf8');
  const part = page.split(`## ${heading}\n`)[1] ?? '';
  const commands = /^```sh\n(.*?)^```$/ms.exec(part)?.[1] ?? '';
  return commands
    .replace('https://accounts.acme.example', origin)
    .replace('ada@acme.example', owner.email)
    .replace('…', PASSWORD);
}

void t.test(
  'the commands of the page give the server a token that works, and make the client that it asks as',
  async (t) => {
    const bin = t.testdir({ node: '#!/bin/sh\necho "$DIDIT_AUTH_BASE_URL $DIDIT_ACCESS_TOKEN $*"\n' });
    await chmod(join(bin, 'node'), 0o755);
    const script = [
      await readCommands("On a person's own machine"),
      `org=${org}`,
      await readCommands('Hosted, for many'),
    ].join('\n');
    const run = promisify(execFile);
    const env = { PATH: `${bin}:${process.env.PATH ?? ''}` };
    const { stdout } = await run('bash', ['-euo', 'pipefail', '-c', script], { env });
    const [started = '', clientId = '', secret = ''] = stdout.trim().split('\n');
    const [base, token = '', program] = started.split(' ');
    t.equal(base, `${origin}${API}`);
    t.equal(program, 'dist/index.js');
    t.equal((await call(`/organizations/${org}/members/`, { token })).status, 200);
    const asked = await server.request('GET', '/auth/v2/verify/', {
      headers: { authorization: basic(clientId, secret) },
    });
    t.match(asked.json(), { client_id: clientId });
  },
);
