import { randomBytes } from 'node:crypto';
import { v7 as uuidv7 } from 'uuid';
import t from 'tap';
import type { Test } from 'tap';
import { createApiClientRepository, toClientToMake } from '../../src/resources/api-clients/api-client-repository.ts';
import type { ComposedEvent } from '../../src/changes/audit-event.ts';
import { createApplicationRepository } from '../../src/resources/applications/application-repository.ts';
import { createCredentialPolicyRepository } from '../../src/resources/credential-policy/credential-policy-repository.ts';
import { createInvitationRepository } from '../../src/resources/invitations/invitation-repository.ts';
import { createMemberRepository } from '../../src/resources/members/member-repository.ts';
import { createOrganizationRepository } from '../../src/resources/organizations/organization-repository.ts';
import { createPasskeyRepository } from '../../src/resources/second-factor/passkey-repository.ts';
import { createClientSecretRepository } from '../../src/secrets/client-secret-repository.ts';
import { build } from '../support/build-app.ts';
import type { TestApp } from '../support/build-app.ts';
import { createClient, insertInvitation, insertMember, registerUser } from '../support/factories.ts';
import type { TestClient, TestUser } from '../support/factories.ts';

interface Tenant extends TestUser {
  client: TestClient;
  /** Row ids of the client and of its secret. */
  clientRowId: string;
  secretRowId: string;
}

/** A call as the wrong tenant: what it may answer at most, or how it may fail. */
type Attempt = () => Promise<unknown>;

interface Attempts<R, E extends keyof R & string> {
  repository: R;
  /** A call of each method. */
  attempts: Record<Exclude<keyof R & string, E>, Attempt>;
  /** Methods that are not called. */
  except?: E[];
}

const nothing: unknown[] = [null, undefined, false];
const page = { afterId: null, limit: 100, order: 'oldest' } as const;
const nothingDemanded = {
  maxSecretLifetimeDays: null,
  expiryRequiredFor: [],
  maxOverlapSeconds: null,
  allowedIpsRequiredFor: [],
  isSecondFactorRequired: false,
  unusedPauseDays: null,
};
const REDIRECT_URL = 'https://acme.example/callback';
const profile = { websiteUrl: null, redirectUris: [], termsUrl: null, privacyUrl: null, description: null };

void t.test('a repository bound to one tenant neither finds nor changes what is another’s', async (t) => {
  const test = await build(t);
  const { db } = test.app;
  const ours = await makeTenant(test);
  const theirs = await makeTenant(test);

  await t.test('applications', async (t) => {
    const repository = createApplicationRepository(db, ours.organizationId);
    await attemptAll(t, test, {
      repository,
      attempts: {
        list: async () => (await repository.list(page)).find(({ id }) => id === theirs.applicationId),
        find: () => repository.find(theirs.applicationId),
        insert: () =>
          db.transaction((tx) =>
            createApplicationRepository(tx, ours.organizationId).insert({
              ...profile,
              id: uuidv7(),
              name: 'Ours',
              primaryClientId: theirs.clientRowId,
            }),
          ),
        hold: () => repository.hold(theirs.applicationId),
        holdByClientId: () => repository.holdByClientId(theirs.clientId),
        listClientIds: async () => (await repository.listClientIds(theirs.applicationId))[0],
        update: () => repository.update(theirs.applicationId, { name: 'Ours' }),
        delete: () => repository.delete(theirs.applicationId),
      },
    });
    t.same(
      (await repository.list(page)).map(({ id }) => id),
      [ours.applicationId],
    );
    t.same((await repository.list({ ...page, afterId: '00000000-0000-7000-8000-000000000000' })).length, 1);
  });

  await t.test('API clients', async (t) => {
    const repository = createApiClientRepository(db, ours.organizationId);
    const id = theirs.client.client_id;
    const chain = { type: 'organization' as const, id: ours.organizationId };
    const event = {
      chain,
      action: 'api_client.create' as const,
      actorId: null,
      targetId: 'x',
      parts: ['', '', '', ''],
    };
    const noPolicy = { maxSecretLifetimeDays: null, expiryRequiredFor: [], allowedIpsRequiredFor: [] };
    const newClient = () => ({
      id: uuidv7(),
      clientId: randomBytes(16).toString('base64url'),
      applicationId: theirs.applicationId,
      environment: 'live' as const,
      name: 'Ours',
      description: null,
      permissions: ['api.read'],
      allowedRedirectUrls: [],
      allowedIps: [],
      expiresAt: null,
      createdBy: null,
    });
    await attemptAll(t, test, {
      repository,
      attempts: {
        list: async () => (await repository.list(page, {})).find(({ clientId }) => clientId === id),
        find: () => repository.find(id),
        hold: () => repository.hold(id),
        insert: () => repository.insert(newClient(), makeSecretRecord()),
        insertIfAllowed: () =>
          repository.insertIfAllowed([toClientToMake(newClient(), makeSecretRecord(), event as ComposedEvent)], {
            ...{ quota: 0, policy: noPolicy },
            caller: { userId: ours.userId, sessionId: null, least: 'developer' },
          }),
        update: () => repository.update(theirs.clientRowId, { status: 'paused' }),
        delete: () => repository.delete(theirs.clientRowId),
        findRedirectUrls: () => repository.findRedirectUrls(id),
        allowsRedirectUrl: () => repository.allowsRedirectUrl(id, REDIRECT_URL),
      },
    });
    t.same(await repository.list(page, { application_id: theirs.applicationId }), []);
    const primaries = [ours.clientId, ours.client.client_id].sort();
    t.same((await repository.list(page, {})).map(({ clientId }) => clientId).sort(), primaries);
  });

  await t.test('secrets, which belong to a client that its tenant found', async (t) => {
    const repository = createClientSecretRepository(db, ours.clientRowId);
    const id = theirs.secretRowId;
    await test.query(`update secrets set expires_at = now() - interval '1 second' where id = $1`, [id]);
    const ofTheirs = (secret: { id: string }) => secret.id === id;
    await attemptAll(t, test, {
      repository,
      attempts: {
        list: async () => (await repository.list(page)).find(ofTheirs),
        find: () => repository.find(id),
        listCurrent: async () => (await repository.listCurrent()).find(ofTheirs),
        // The place of their own client's active secret is taken.
        insert: () => repository.insert({ ...makeSecretRecord(), createdBy: null, expiresAt: null }),
        expire: () => repository.expire([id]),
        revoke: () => repository.revoke([id], ours.userId),
        retire: () => repository.retire(id, 60),
        reinstate: () => repository.reinstate(id),
        updateEnd: () => repository.updateEnd(id, null),
      },
    });
    t.same(
      (await repository.list(page)).map((secret) => secret.id),
      [ours.secretRowId],
    );
  });

  await t.test('the credential policy', async (t) => {
    const repository = createCredentialPolicyRepository(db, ours.organizationId);
    const policy = { ...nothingDemanded, allowedIpsRequiredFor: ['live' as const] };
    await createCredentialPolicyRepository(db, theirs.organizationId).update(policy);
    t.match(await repository.find(), nothingDemanded);
    t.match(await repository.hold(), nothingDemanded);
    t.same(await repository.listViolations(page), []);
    await repository.update({ ...nothingDemanded, unusedPauseDays: 7 });
    t.match(await createCredentialPolicyRepository(db, theirs.organizationId).find(), policy);
    await createCredentialPolicyRepository(db, theirs.organizationId).update(nothingDemanded);
  });

  await t.test('passkeys, and the challenges they are made with', async (t) => {
    const repository = createPasskeyRepository(db, ours.userId);
    const their = createPasskeyRepository(db, theirs.userId);
    const [id, credentialId] = [uuidv7(), 'dGhlaXJz'];
    const credential = { credentialId, publicKey: 'a2V5', signCount: 1, transports: [] };
    await their.insert({ id, name: 'Theirs', ...credential });
    await their.setChallenge('their-challenge', 300);
    await attemptAll(t, test, {
      repository,
      attempts: {
        list: async () => (await repository.list(page))[0],
        listCredentials: async () => (await repository.listCredentials())[0],
        findByCredentialId: () => repository.findByCredentialId(credentialId),
        exists: () => repository.exists(id),
        count: async () => (await repository.count()) > 0,
        insert: () => repository.insert({ id: uuidv7(), name: 'Ours', ...credential }),
        use: () => repository.use(id, 2),
        delete: () => repository.delete(id),
        deleteAll: async () => (await repository.deleteAll()) > 0,
        takeChallenge: () => repository.takeChallenge(),
      },
      except: ['setChallenge'],
    });
    await repository.setChallenge('our-challenge', 300);
    t.equal(await their.takeChallenge(), 'their-challenge');
    t.equal(await repository.takeChallenge(), 'our-challenge');
  });

  await t.test('members', async (t) => {
    const repository = createMemberRepository(db, ours.organizationId);
    const id = await insertMember(test, theirs.organizationId);
    await attemptAll(t, test, {
      repository,
      attempts: {
        list: async () => (await repository.list(page)).find((member) => member.id === id),
        find: () => repository.find(id),
        findRole: () => repository.findRole(theirs.userId),
        hasEmail: () => repository.hasEmail(theirs.email),
        hold: () => repository.hold(id),
        insert: () => repository.insert({ id, userId: theirs.userId, role: 'owner' }),
        updateRole: () => repository.updateRole(id, 'owner'),
        delete: () => repository.delete(id),
      },
    });
    t.same(
      (await repository.list(page)).map(({ userId }) => userId),
      [ours.userId],
    );
  });

  await t.test('invitations', async (t) => {
    const repository = createInvitationRepository(db, ours.organizationId);
    const id = await insertInvitation(test, theirs.organizationId);
    const [row] = await test.query<{ email: string; digest: string }>(
      'select email, digest from invitations where id = $1',
      [id],
    );
    const { email, digest } = row!;
    const fresh = { id, email: ours.email, role: 'reader', digest: 'other', invitedBy: ours.userId } as const;
    await attemptAll(t, test, {
      repository,
      attempts: {
        list: async () => (await repository.list(page))[0],
        find: () => repository.find(id),
        findByEmail: () => repository.findByEmail(email),
        hold: () => repository.hold(id),
        insert: () => repository.insert(fresh),
        renew: () => repository.renew(id, 'other'),
        delete: () => repository.delete(id),
        take: () => repository.take(digest),
      },
    });
  });

  await t.test('organizations, as one user sees them', async (t) => {
    const repository = createOrganizationRepository(db, ours.userId);
    const id = theirs.organizationId;
    await attemptAll(t, test, {
      repository,
      attempts: {
        list: async () => (await repository.list()).find((organization) => organization.id === id),
        listOpen: async () => (await repository.listOpen()).find((organization) => organization.id === id),
        find: () => repository.find(id),
        // These make something new: there is no id of anybody else's to misuse but one that is taken.
        insert: () => repository.insert({ id, name: 'Ours', contactEmail: ours.email }),
        insertMembership: () => repository.insertMembership({ id: uuidv7(), organizationId: uuidv7(), role: 'owner' }),
        hold: () => repository.hold(id),
        update: () => repository.update(id, { name: 'Ours' }),
        delete: () => repository.delete(id),
      },
    });
    t.same(
      (await repository.list()).map((organization) => organization.id),
      [ours.organizationId],
    );
  });
});

function makeSecretRecord() {
  const lookupId = randomBytes(11).toString('hex');
  return { id: uuidv7(), lookupId, hash: '$argon2id$', pepperVersion: 'pepper-1', hint: 'abcd' };
}

/** Makes every call of a repository as the wrong tenant; a method that has no call here fails the test. */
async function attemptAll<R extends object, E extends keyof R & string = never>(
  t: Test,
  test: TestApp,
  { repository, attempts, except = [] }: Attempts<R, E>,
): Promise<void> {
  t.same(
    Object.keys({ ...attempts })
      .concat(except)
      .sort(),
    Object.keys(repository).sort(),
    'every method is called',
  );
  for (const [method, attempt] of Object.entries<Attempt>(attempts)) {
    const before = await dump(test);
    const outcome = await attempt().catch((err: unknown) => {
      t.match(err, { cause: { code: /^23/ } }, `${method}: refused by a constraint`);
      return null;
    });
    t.ok(nothing.includes(outcome), `${method} finds nothing`);
    t.same(await dump(test), before, `${method} changes nothing`);
  }
}

async function dump(test: TestApp): Promise<unknown> {
  const tables = ['organizations', 'memberships', 'applications', 'api_clients', 'secrets', 'invitations', 'passkeys'];
  const parts = tables.map((table) => `(select jsonb_agg(t order by t.id) from ${table} t) as ${table}`);
  return test.query(`select ${parts.join(', ')}`);
}

async function makeTenant(test: TestApp): Promise<Tenant> {
  const user = await registerUser(test);
  const client = await createClient(test, user, { allowed_redirect_urls: [REDIRECT_URL] });
  const [row] = await test.query<{ id: string; secret: string }>(
    `select api_clients.id, secrets.id as secret from api_clients
     join secrets on secrets.api_client_id = api_clients.id where client_id = $1`,
    [client.client_id],
  );
  if (row === undefined) throw new Error('the client that was just made is not there');
  return { ...user, client, clientRowId: row.id, secretRowId: row.secret };
}
