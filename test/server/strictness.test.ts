import { randomInt } from 'node:crypto';
import t from 'tap';
import { build } from '../support/build-app.ts';
import { API, createClient, registerUser } from '../support/factories.ts';
import type { TestClient } from '../support/factories.ts';
import { call, makeMasterKey, makeServicePlace } from '../support/service-process.ts';
import { createTestDatabase } from '../support/test-database.ts';

const REVOCATIONS = 500;
const AT_ONCE = 10;
/** Checks of every stream that begin after the revoking answer arrived. */
const CHECKS_AFTERWARDS = 5;
const PUBLIC_URL = 'http://localhost:3000';

type Revocation = 'delete' | 'regenerate' | 'pause' | 'take permission' | 'revoke token';
const revocations: readonly Revocation[] = ['delete', 'regenerate', 'pause', 'take permission', 'revoke token'];

interface Check {
  beganAtMs: number;
  isAccepted: boolean;
}

/** Checks one credential on one process again and again, until told to stop. */
class Stream {
  readonly checks: Check[] = [];
  #isStopping = false;
  #afterwards = 0;
  readonly #send: () => Promise<number>;
  readonly done: Promise<void>;

  constructor(send: () => Promise<number>) {
    this.#send = send;
    this.done = this.#run();
  }

  stop(): void {
    this.#isStopping = true;
  }

  async #run(): Promise<void> {
    while (this.#afterwards < CHECKS_AFTERWARDS) {
      if (this.#isStopping) this.#afterwards += 1;
      const beganAtMs = performance.now();
      this.checks.push({ beganAtMs, isAccepted: (await this.#send()) === 200 });
    }
  }
}

void t.test(
  'no process accepts a secret or token in a check that begins after its revocation was answered',
  async (t) => {
    const database = await createTestDatabase();
    t.teardown(async () => database.drop());
    const masterKey = makeMasterKey();
    const shared = { LATCHKEY_MASTER_KEY: masterKey, PUBLIC_URL, RATE_LIMIT_ENABLED: 'false' };
    const setup = await build(t, { databaseUrl: database.databaseUrl, plantAt: database.databaseUrl, env: shared });
    // Before there are other processes: each may send the mail with the code, to an outbox of its own.
    const owner = await registerUser(setup);
    const place = await makeServicePlace(t);
    const services = [1, 2].map(() =>
      place.launch({
        ...shared,
        DATABASE_URL: database.databaseUrl,
        LATCHKEY_DATA_DIR: place.dataDir,
        PORT: '0',
        LOG_ACCEPTED_CHECKS: '0',
      }),
    );
    const origins = await Promise.all(services.map(async ({ listening }) => listening()));
    const anyOrigin = () => origins[randomInt(origins.length)] ?? '';
    const counts = { accepted: 0, refused: 0, late: 0 };

    async function issueToken(client: TestClient): Promise<string> {
      const response = await fetch(`${anyOrigin()}${API}/token/`, {
        method: 'POST',
        body: new URLSearchParams({
          grant_type: 'client_credentials',
          client_id: client.client_id,
          client_secret: client.client_secret,
        }),
      });
      return ((await response.json()) as { access_token: string }).access_token;
    }

    async function revoke(kind: Revocation, client: TestClient, token: string): Promise<void> {
      const path = `${API}/organizations/${owner.organizationId}/api-clients/${client.client_id}/`;
      const origin = anyOrigin();
      const manage = (what: string, body?: object) =>
        call(origin, what, { token: owner.token, ...(body === undefined ? {} : { body }) });
      if (kind === 'delete') await manage(`DELETE ${path}`);
      else if (kind === 'regenerate') await manage(`POST ${path}regenerate-secret/`);
      else if (kind === 'pause') await manage(`PATCH ${path}`, { status: 'paused' });
      else if (kind === 'take permission') await manage(`PATCH ${path}`, { permissions: ['api.read'] });
      else {
        const { client_id, client_secret } = client;
        await fetch(`${origin}${API}/revoke/`, {
          method: 'POST',
          body: new URLSearchParams({ token, client_id, client_secret }),
        });
      }
    }

    async function runOne(): Promise<void> {
      const client = await createClient(setup, owner, { permissions: ['api.read', 'api.write'] });
      const token = await issueToken(client);
      const kind = revocations[randomInt(revocations.length)] ?? 'delete';
      const headers: Record<string, string>[] = [{ authorization: `Bearer ${token}` }];
      // Revoking a token leaves the secret it came from alone.
      if (kind !== 'revoke token') headers.push({ 'x-api-key': client.client_secret });
      const send = async (origin: string, credential: Record<string, string>) => {
        const response = await fetch(`${origin}${API}/verify/?permission=api.write`, { headers: credential });
        await response.arrayBuffer();
        return response.status;
      };
      const streams = origins.flatMap((origin) =>
        headers.map((credential) => new Stream(() => send(origin, credential))),
      );
      // Every stream has been accepted before: nothing is proved by a credential that never worked.
      while (streams.some(({ checks }) => !checks.some(({ isAccepted }) => isAccepted))) {
        await new Promise((resolve) => setImmediate(resolve));
      }
      await revoke(kind, client, token);
      const revokedAtMs = performance.now();
      for (const stream of streams) stream.stop();
      await Promise.all(streams.map(({ done }) => done));
      for (const { beganAtMs, isAccepted } of streams.flatMap(({ checks }) => checks)) {
        counts[isAccepted ? 'accepted' : 'refused'] += 1;
        if (isAccepted && beganAtMs > revokedAtMs) counts.late += 1;
      }
    }

    for (let begun = 0; begun < REVOCATIONS; begun += AT_ONCE) {
      await Promise.all(Array.from({ length: AT_ONCE }, runOne));
    }
    t.equal(counts.late, 0, `${counts.accepted} checks accepted, ${counts.refused} refused`);
    t.ok(counts.accepted >= REVOCATIONS, 'credentials were accepted before');
    t.ok(counts.refused >= REVOCATIONS, 'and refused afterwards');
  },
);
