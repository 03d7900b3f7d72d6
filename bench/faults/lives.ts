import { setTimeout as wait } from 'node:timers/promises';
import { endings, pathOf, usesOf } from './endings.ts';
import type { Ending, Home } from './endings.ts';
import { blame } from './figures.ts';
import type { Figures } from './figures.ts';
import type { Instance, Scene } from './ground.ts';
import { pickOne } from './ledger.ts';
import type { Credential, Life } from './life.ts';
import type { Load } from './load.ts';
import { Requests } from './requests.ts';
import type { Rota } from './rota.ts';
import { usesOfSecret } from './uses.ts';
import type { Asked } from './uses.ts';

const AT_ONCE = 6;
/** Made and not yet taken away: what stops to learn of anything still takes these for good. */
const STOCK = 12;
/** Of each credential by each instance, one after the other, from the moment of the answer that ended it. */
const CHECKS_AFTER = 2;
/** No further check of an instance begins while so many wait for it. */
const CHECKS_WAITING_MAX = 64;
const RETRY_MS = 50;
/** From the change that sets an end to that end. */
const UNTIL_END_MS = 1_500;

/** What is not gone on with, because the load ends. */
class Abandoned extends Error {}

/** Where lives go on. */
export interface LivesScene extends Scene {
  rota: Rota;
}

/**
 * Lives of credentials, some at a time: made, accepted by every instance at once, taken away in one of many ways on any
 * instance, and from the very answer on accepted by none.
 */
export class Lives implements Load {
  readonly #scene: LivesScene;
  readonly #atOnce: number;
  readonly #requests = new Requests();
  /** All that was ever taken away, and all that is good. */
  readonly #ended: Credential[] = [];
  readonly #living: Credential[] = [];
  /** Goes on from fault to fault. */
  readonly #stock: Life[] = [];
  readonly #under = new Set<Promise<unknown>>();
  readonly #waiting = new Map<Instance, number>();
  #auditedEnded = 0;
  #auditedLiving = 0;
  #begun = 0;
  #isStopping = true;

  constructor(scene: LivesScene, { atOnce = AT_ONCE } = {}) {
    this.#scene = scene;
    this.#atOnce = atOnce;
  }

  start(figures: Figures, { isKilled }: { isKilled: boolean }): void {
    this.#requests.count(figures, { isKilled });
    this.#isStopping = false;
    for (let i = 0; i < this.#atOnce; i++) this.#do(this.#goOn());
  }

  async ready(): Promise<void> {
    while (this.#stock.length < STOCK) await wait(RETRY_MS);
  }

  async stop(): Promise<void> {
    this.#isStopping = true;
    while (this.#under.size > 0) await Promise.all(this.#under);
  }

  async create(instance: Instance): Promise<boolean> {
    const { organizationId, token } = this.#scene.user;
    const outcome = await this.#requests.send(instance, pathOf({ organizationId }, 'api-clients/'), {
      ...creation(token, `life ${++this.#begun}`),
    });
    return outcome.kind === 'answered';
  }

  async audit(figures: Figures, { isFull }: { isFull: boolean }): Promise<void> {
    this.#requests.count(figures, { isKilled: false });
    const ended = this.#ended.slice(isFull ? 0 : this.#auditedEnded);
    const living = this.#living.slice(isFull ? 0 : this.#auditedLiving);
    this.#auditedEnded = this.#ended.length;
    this.#auditedLiving = this.#living.length;
    for (const instance of this.#scene.instances) {
      const rest = [...ended, ...living].values();
      const worker = async () => {
        for (const credential of rest) while (!(await this.#check(instance, credential))) await wait(RETRY_MS);
      };
      await Promise.all(Array.from({ length: AT_ONCE }, worker));
    }
  }

  #do(work: Promise<unknown>): void {
    const done = work
      .catch((err: unknown) => {
        if (!(err instanceof Abandoned)) throw err;
      })
      .finally(() => this.#under.delete(done));
    this.#under.add(done);
  }

  async #goOn(): Promise<void> {
    while (!this.#isStopping) {
      const number = this.#begun++;
      const ending = endings[number % (endings.length + 1)];
      if (ending === undefined) {
        await this.#liveUntilEnd(number);
        continue;
      }
      this.#stock.push(await this.#beginLife(number, ending));
      if (this.#stock.length > STOCK) await this.#endLife(this.#stock.shift()!);
    }
  }

  async #beginLife(number: number, ending: Ending): Promise<Life> {
    const home = await this.#make(number, ending.isOfOrganization === true);
    const { uses, end } = await ending.prepare(home, (asked) => this.#insist(asked));
    const credential: Credential = { name: `${ending.name}, life ${number}`, uses, state: 'live' };
    await this.#checkEverywhere(credential, 1);
    return { home, ending, credential, end, number };
  }

  async #endLife({ home, ending, credential, end, number }: Life): Promise<void> {
    credential.state = 'ending';
    const body = await this.#insist(end);
    credential.state = 'ended';
    this.#requests.figures.ended += 1;
    this.#do(this.#checkEverywhere(credential, CHECKS_AFTER));
    this.#ended.push(credential);
    if (ending.successorOf !== undefined) {
      const successor = { ...home, secret: ending.successorOf(body) };
      this.#living.push({ name: `successor, life ${number}`, uses: usesOfSecret(successor, home), state: 'live' });
      this.#do(this.#checkEverywhere(this.#living.at(-1)!, 1));
    }
    for (const one of [pickOne(this.#ended), pickOne(this.#living)]) {
      if (one !== undefined) this.#do(this.#checkInTurn(pickOne(this.#scene.instances)!, one, 1));
    }
  }

  /** A client that is given an end: it is over by then, and nobody has to be told. */
  async #liveUntilEnd(number: number): Promise<void> {
    const home = await this.#make(number, false);
    const uses = await usesOf(home, (asked) => this.#insist(asked));
    const credential: Credential = { name: `end reached, life ${number}`, uses, state: 'live' };
    await this.#checkEverywhere(credential, 1);
    const endsAt = Date.now() + UNTIL_END_MS;
    credential.state = 'ending';
    const body = { expires_at: new Date(endsAt).toISOString() };
    const what = `PATCH ${pathOf(home, `api-clients/${home.clientId}/`)}`;
    const asked = { what, token: home.adminToken, body, expected: [200, 400, 422] };
    const { code } = await this.#insist<{ code?: string }>(asked);
    // It was over before it could be set.
    if (code !== undefined) return;
    for (const instance of this.#awake()) this.#do(this.#checkAfter(instance, credential, endsAt));
  }

  async #checkAfter(instance: Instance, credential: Credential, endsAt: number): Promise<void> {
    await this.#check(instance, credential);
    // One clock for all: that of the machine. A timer may be early by a moment.
    while (Date.now() <= endsAt) await wait(endsAt + 1 - Date.now());
    credential.state = 'ended';
    for (let i = 0; i < CHECKS_AFTER; i++) await this.#check(instance, credential);
  }

  async #make(number: number, isOwnOrganization: boolean): Promise<Home> {
    const { token: adminToken, organizationId: usual, clientId, apiKey } = this.#scene.user;
    const name = `life ${number}`;
    const organizationId = isOwnOrganization
      ? (
          await this.#insist<{ uuid: string }>({
            what: '/auth/v2/organizations/',
            token: adminToken,
            body: { name },
            expected: [201],
          })
        ).uuid
      : usual;
    const made = await this.#insist<{ client_id: string; client_secret: string }>({
      what: pathOf({ organizationId }, 'api-clients/'),
      ...creation(adminToken, name),
    });
    const machine = { clientId: made.client_id, secret: made.client_secret };
    const witness = isOwnOrganization ? machine : { clientId, secret: apiKey };
    return { adminToken, organizationId, organizationName: name, ...machine, witness };
  }

  /** By every instance at once; nobody waits for one that rests. */
  async #checkEverywhere(credential: Credential, times: number): Promise<void> {
    const checking = this.#scene.instances.map((instance) => {
      const work = this.#checkInTurn(instance, credential, times);
      this.#do(work);
      return this.#scene.rota.waitFor(instance, work);
    });
    await Promise.all(checking);
  }

  async #checkInTurn(instance: Instance, credential: Credential, times: number): Promise<void> {
    const waiting = this.#waiting.get(instance) ?? 0;
    if (waiting >= CHECKS_WAITING_MAX) return;
    this.#waiting.set(instance, waiting + 1);
    try {
      for (let i = 0; i < times; i++) await this.#check(instance, credential);
    } finally {
      this.#waiting.set(instance, this.#waiting.get(instance)! - 1);
    }
  }

  /** @returns whether it was answered */
  async #check(instance: Instance, credential: Credential): Promise<boolean> {
    const { name, uses, state: before } = credential;
    const { what, isAccepted: isAcceptance = () => true, ...asked } = pickOne(uses)!;
    const { figures } = this.#requests;
    if (before === 'ended') figures.checkedAfter += 1;
    const outcome = await this.#requests.send(instance, what, asked);
    if (outcome.kind !== 'answered') return false;
    const isAccepted = outcome.status === 200 && isAcceptance(outcome.body);
    const where = `by ${instance.name} at ${what}`;
    if (isAccepted && before === 'ended') blame(figures, 'stale', `${name} was accepted ${where} after its end`);
    if (!isAccepted && credential.state === 'live') blame(figures, 'lost', `${name} was refused ${where}`);
    return true;
  }

  async #insist<Body>({ what, ...asked }: Asked): Promise<Body> {
    for (;;) {
      const instance = pickOne(this.#awake())!;
      const outcome = await this.#scene.rota.note(instance, this.#requests.send(instance, what, asked));
      if (outcome.kind === 'answered') return outcome.body as Body;
      if (this.#isStopping) throw new Abandoned();
      await wait(RETRY_MS);
    }
  }

  #awake(): Instance[] {
    return this.#scene.instances.filter((instance) => !this.#scene.rota.isResting(instance));
  }
}

const creation = (token: string, name: string) => ({
  token,
  body: { name, environment: 'live', permissions: ['api.read', 'api.write'] },
  expected: [201],
});
