import fc from 'fast-check';
import t from 'tap';
import { build } from '../../support/build-app.ts';
import type { TestApp } from '../../support/build-app.ts';
import { API, createClient, registerUser } from '../../support/factories.ts';
import { clientPath, listSecrets } from '../../support/machines.ts';
import type { Regenerated } from '../../support/machines.ts';

const SEQUENCES = 30;
const STEPS_MAX = 25;

const test = await build(t);
const second = await build(t, { beside: test });
const processes = [test, second] as const;
const owner = await registerUser(test);

/** A secret as the model knows it. */
interface ModelSecret {
  id: string;
  plain: string;
  status: 'active' | 'retiring' | 'ended';
  /** Its end has come, whether anybody has written that down or not. */
  isOver: boolean;
  wasUsed: boolean;
}

type Which = 'active' | 'retiring' | 'ended';

interface Policy {
  max_overlap_seconds: number | null;
  allowed_ips_required_for: readonly string[];
}

/** From where secrets are checked, and the ranges that hold each. */
const places = { '127.0.0.1': '127.0.0.0/8', '192.0.2.7': '192.0.2.0/24' };
const ranges = Object.values(places);
type Command =
  | { name: 'rotate'; overlap: number; force: boolean; expires: boolean }
  | { name: 'revoke'; which: Which; force: boolean }
  | { name: 'run out'; which: 'active' | 'retiring' }
  | { name: 'bind'; ranges: readonly string[] }
  | { name: 'set the policy'; policy: Policy }
  | { name: 'pause' | 'resume' | 'end the client' | 'renew the client' | 'delete' };
type Step = Command & { process: 0 | 1 };

const command: fc.Arbitrary<Command> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      name: fc.constant('rotate' as const),
      overlap: fc.constantFrom(0, 3600, 3600),
      force: fc.boolean(),
      expires: fc.boolean(),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      name: fc.constant('revoke' as const),
      which: fc.constantFrom<Which>('active', 'retiring', 'ended'),
      force: fc.boolean(),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      name: fc.constant('run out' as const),
      which: fc.constantFrom('active' as const, 'retiring' as const),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.constantFrom<Command>(
      ...(['pause', 'resume', 'end the client', 'renew the client'] as const).map((name) => ({ name })),
    ),
  },
  {
    weight: 4,
    arbitrary: fc.record({ name: fc.constant('bind' as const), ranges: fc.subarray(ranges) }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      name: fc.constant('set the policy' as const),
      policy: fc.record({
        max_overlap_seconds: fc.constantFrom(null, 0, 3600),
        allowed_ips_required_for: fc.constantFrom([], ['live']),
      }),
    }),
  },
  { weight: 1, arbitrary: fc.constant<Command>({ name: 'delete' }) },
);
const steps = fc.array(
  fc.tuple(command, fc.constantFrom(0 as const, 1 as const)).map(([one, process]): Step => ({ ...one, process })),
  { minLength: 5, maxLength: STEPS_MAX, size: 'max' },
);

/** One client: what has been done to it, and what the model says of it. */
class Life {
  readonly secrets: ModelSecret[] = [];
  #isPaused = false;
  #isOver = false;
  #isDeleted = false;
  #ranges: readonly string[] = [];
  #policy: Policy = { max_overlap_seconds: null, allowed_ips_required_for: [] };
  readonly #clientId: string;

  private constructor(clientId: string) {
    this.#clientId = clientId;
  }

  static async begin(): Promise<Life> {
    await setPolicy(test, {});
    const { client_id: clientId, client_secret: plain } = await createClient(test, owner);
    const life = new Life(clientId);
    await life.#note(plain);
    return life;
  }

  /** Does a step, and says what was answered and what the model expects. */
  async step(one: Step): Promise<[answered: number | string, expected: number | string]> {
    const app = processes[one.process];
    switch (one.name) {
      case 'rotate':
        return this.#rotate(app, one);
      case 'revoke':
        return this.#revoke(app, one);
      case 'run out':
        return this.#runOut(one.which);
      case 'end the client':
        await this.#sql(`update api_clients set expires_at = now() - interval '1 second' where client_id = $1`);
        this.#isOver = true;
        return [0, 0];
      case 'delete':
        return this.#delete(app);
      case 'bind':
        return this.#bind(app, one.ranges);
      case 'set the policy':
        this.#policy = one.policy;
        return [await setPolicy(app, one.policy), 200];
      case 'pause':
      case 'resume':
      case 'renew the client':
        return this.#patch(app, one.name);
    }
  }

  passes({ status, isOver }: ModelSecret, place: keyof typeof places): boolean {
    const isBoundElsewhere = this.#ranges.length > 0 && !this.#ranges.includes(places[place]);
    const works = !this.#isDeleted && !this.#isPaused && !this.#isOver;
    return works && !isBoundElsewhere && status !== 'ended' && !isOver;
  }

  #find(status: 'active' | 'retiring'): ModelSecret | undefined {
    return this.secrets.find((secret) => secret.status === status && !secret.isOver);
  }

  async #rotate(app: TestApp, { overlap, force, expires }: Command & { name: 'rotate' }) {
    const body = {
      overlap_seconds: overlap,
      force,
      expires_at: expires ? new Date(Date.now() + 86_400_000).toISOString() : null,
    };
    const answer = await this.#send(app, ['POST', 'regenerate-secret/'], body);
    const retiring = this.#find('retiring');
    const isTooLong = overlap > (this.#policy.max_overlap_seconds ?? Infinity);
    const allowed = retiring !== undefined && !force ? 'rotation_in_progress' : 200;
    const expected = this.#isDeleted ? 404 : isTooLong ? 422 : allowed;
    if (expected === 200 && answer.statusCode === 200) {
      const active = this.#find('active');
      for (const secret of this.secrets) secret.status = 'ended';
      if (active !== undefined && overlap > 0) active.status = 'retiring';
      await this.#note(answer.json<Regenerated>().client_secret);
    }
    return outcome(answer, expected);
  }

  async #revoke(app: TestApp, { which, force }: Command & { name: 'revoke' }) {
    const target =
      which === 'ended' ? this.secrets.find(({ status, isOver }) => status === 'ended' || isOver) : this.#find(which);
    if (target === undefined) return [0, 0] as [number, number];
    const answer = await this.#send(app, ['DELETE', `secrets/${target.id}/${force ? '?force=true' : ''}`]);
    const expected = this.#expectRevoked(target, force);
    if (expected === 204 && answer.statusCode === 204) {
      for (const secret of this.secrets) if (secret.isOver) secret.status = 'ended';
      target.status = 'ended';
      for (const secret of this.secrets) if (secret.status === 'retiring') secret.status = 'active';
      // Finished early: the active one was that before.
    }
    return outcome(answer, expected);
  }

  #expectRevoked(target: ModelSecret, force: boolean): number | string {
    if (this.#isDeleted) return 404;
    if (target.status === 'ended' || target.isOver) return 'secret_ended';
    if (this.#find('active') === undefined || this.#find('retiring') === undefined) return 'last_secret';
    return target.wasUsed && !force ? 'secret_in_use' : 204;
  }

  async #runOut(which: 'active' | 'retiring'): Promise<[number, number]> {
    const target = this.#find(which);
    if (target === undefined) return [0, 0];
    await test.query(`update secrets set expires_at = now() - interval '1 second' where id = $1`, [target.id]);
    target.isOver = true;
    return [0, 0];
  }

  async #delete(app: TestApp) {
    const answer = await this.#send(app, ['DELETE', '']);
    const expected = this.#isDeleted ? 404 : 204;
    this.#isDeleted = true;
    return outcome(answer, expected);
  }

  async #bind(app: TestApp, to: readonly string[]) {
    const answer = await this.#send(app, ['PATCH', ''], { allowed_ips: to });
    const isBound = this.#ranges.length > 0;
    // What breaks the policy already may stay as it is.
    const leadsAway = isBound && to.length === 0 && this.#policy.allowed_ips_required_for.length > 0;
    const expected = this.#isDeleted ? 404 : leadsAway ? 422 : 200;
    if (expected === 200) this.#ranges = to;
    return outcome(answer, expected);
  }

  async #patch(app: TestApp, name: 'pause' | 'resume' | 'renew the client') {
    const status = name === 'pause' ? 'paused' : 'active';
    const answer = await this.#send(
      app,
      ['PATCH', ''],
      name === 'renew the client' ? { expires_at: null } : { status },
    );
    if (name === 'renew the client') this.#isOver = false;
    else this.#isPaused = name === 'pause';
    return outcome(answer, this.#isDeleted ? 404 : 200);
  }

  /** A new secret, which is the newest that the list shows. */
  async #note(plain: string): Promise<void> {
    const [newest] = await listSecrets(test, owner, this.#clientId);
    this.secrets.push({ id: newest!.uuid, plain, status: 'active', isOver: false, wasUsed: false });
  }

  #send(app: TestApp, [method, rest]: ['DELETE' | 'PATCH' | 'POST', string], body?: object) {
    const url = clientPath(owner, this.#clientId, rest);
    return app.request(method, url, { token: owner.token, ...(body === undefined ? {} : { body }) });
  }

  #sql(statement: string) {
    return test.query(statement, [this.#clientId]);
  }
}

async function setPolicy(app: TestApp, body: Partial<Policy>): Promise<number> {
  const url = `${API}/organizations/${owner.organizationId}/credential-policy/`;
  return (await app.request('PUT', url, { token: owner.token, body })).statusCode;
}

async function checkFrom(app: TestApp, from: string, secret: string): Promise<number> {
  return (await app.request('GET', `${API}/verify/`, { headers: { 'x-api-key': secret }, from })).statusCode;
}

function outcome(
  answer: { statusCode: number; json: () => unknown },
  expected: number | string,
): [number | string, number | string] {
  const { code } = answer.statusCode === 409 ? (answer.json() as { code: string }) : { code: answer.statusCode };
  return [code, expected];
}

void t.test('whatever is done in whatever order, exactly the secrets that may pass do, in every process', async (t) => {
  let done = 0;
  await fc.assert(
    fc.asyncProperty(steps, async (sequence) => {
      const life = await Life.begin();
      for (const one of sequence) {
        const [answered, expected] = await life.step(one);
        if (answered !== expected) throw new Error(`${JSON.stringify(one)}: ${answered} instead of ${expected}`);
        for (const secret of life.secrets) {
          for (const place of Object.keys(places) as (keyof typeof places)[]) {
            const expectation = life.passes(secret, place) ? 200 : 401;
            for (const app of processes) {
              const statusCode = await checkFrom(app, place, secret.plain);
              if (statusCode !== expectation) {
                throw new Error(`after ${JSON.stringify(one)} a secret is ${statusCode} instead of ${expectation}`);
              }
            }
            secret.wasUsed ||= expectation === 200;
          }
        }
        done += 1;
      }
    }),
    { numRuns: SEQUENCES, endOnFailure: true },
  );
  t.ok(done > SEQUENCES * 5, `${done} steps`);
});
