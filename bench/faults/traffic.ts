import { PROGRAMMATIC } from '../../test/support/service-user.ts';
import { PASSWORD } from '../../test/support/factories.ts';
import { audit } from './audit.ts';
import { blame } from './figures.ts';
import type { Figures } from './figures.ts';
import type { Instance, Scene } from './ground.ts';
import { pickOne } from './ledger.ts';
import type { Ledger } from './ledger.ts';
import type { Load } from './load.ts';
import { Requests } from './requests.ts';

const TICK_MS = 10;
/** Nothing more is sent while so many wait: the load stays bounded, whatever the fault holds up. */
const WAITING_MAX = 256;
const LOGIN_EVERY = 40;
const ROUND = [
  'create',
  'check',
  'regenerate',
  'checkSpent',
  'create',
  'delete',
  'check',
  'create',
  'regenerate',
] as const;

/** Creates, regenerates, deletes, logins and checks, at an even rate, all of them entered into the ledger. */
export class Traffic implements Load {
  readonly #ground: Scene;
  readonly #ledger: Ledger;
  readonly #under = new Set<Promise<unknown>>();
  #timer: NodeJS.Timeout | undefined;
  #sent = 0;
  #made = 0;
  readonly #requests = new Requests();

  constructor(ground: Scene, ledger: Ledger) {
    this.#ground = ground;
    this.#ledger = ledger;
  }

  start(figures: Figures, { ratePerSecond, isKilled }: { ratePerSecond: number; isKilled: boolean }): void {
    this.#requests.count(figures, { isKilled });
    const startedAt = performance.now();
    let begun = 0;
    this.#timer = setInterval(() => {
      const due = Math.floor(((performance.now() - startedAt) / 1000) * ratePerSecond);
      for (; begun < due; begun++) if (this.#under.size < WAITING_MAX) this.#begin();
    }, TICK_MS);
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await Promise.all(this.#under);
  }

  async audit(figures: Figures, { isFull }: { isFull: boolean }): Promise<void> {
    await audit({ ground: this.#ground, ledger: this.#ledger, figures }, { isFull });
  }

  #begin(): void {
    const at = this.#sent++;
    const what = at % LOGIN_EVERY === LOGIN_EVERY - 1 ? 'logIn' : ROUND[at % ROUND.length]!;
    const instance = pickOne(this.#ground.instances)!;
    const work = this.#do(what, instance).finally(() => this.#under.delete(work));
    this.#under.add(work);
  }

  async #do(what: (typeof ROUND)[number] | 'logIn', instance: Instance): Promise<unknown> {
    switch (what) {
      case 'create':
        return this.create(instance);
      case 'regenerate':
        return this.#regenerate(instance);
      case 'delete':
        return this.#delete(instance);
      case 'check':
        return this.#check(instance);
      case 'checkSpent':
        return this.#checkSpent(instance);
      case 'logIn':
        return this.#logIn(instance);
    }
  }

  get #clients(): string {
    return `/auth/v2/organizations/${this.#ground.user.organizationId}/api-clients/`;
  }

  async create(instance: Instance): Promise<boolean> {
    const name = `fault ${++this.#made}`;
    const body = { name, environment: 'live', permissions: ['api.read'] };
    const outcome = await this.#requests.send(instance, this.#clients, {
      token: this.#ground.user.token,
      body,
      expected: [201],
    });
    if (outcome.kind === 'denied') this.#ledger.denied.add(name);
    if (outcome.kind === 'unknown') this.#ledger.doubtful.add(name);
    if (outcome.kind !== 'answered') return false;
    const made = outcome.body as { client_id: string; client_secret: string };
    this.#ledger.add({ name, clientId: made.client_id, secret: made.client_secret });
    return true;
  }

  async #regenerate(instance: Instance): Promise<void> {
    const entry = this.#ledger.pick();
    if (entry === undefined) return;
    this.#ledger.begin(entry);
    const path = `${this.#clients}${entry.clientId}/regenerate-secret/`;
    const outcome = await this.#requests.send(instance, path, {
      token: this.#ground.user.token,
      body: {},
      expected: [200],
    });
    entry.isBusy = false;
    if (outcome.kind === 'unknown') entry.doubt = 'regenerate';
    if (outcome.kind !== 'answered') return;
    this.#ledger.spent.push(entry.secret);
    entry.secret = (outcome.body as { client_secret: string }).client_secret;
  }

  async #delete(instance: Instance): Promise<void> {
    const entry = this.#ledger.pick();
    if (entry === undefined) return;
    this.#ledger.begin(entry);
    const what = `DELETE ${this.#clients}${entry.clientId}/`;
    const outcome = await this.#requests.send(instance, what, { token: this.#ground.user.token, expected: [204] });
    entry.isBusy = false;
    if (outcome.kind === 'unknown') entry.doubt = 'delete';
    if (outcome.kind !== 'answered') return;
    this.#ledger.spent.push(entry.secret);
    entry.state = 'deleted';
  }

  async #check(instance: Instance): Promise<void> {
    const entry = this.#ledger.pick();
    if (entry === undefined) return;
    const { writes, secret } = entry;
    const outcome = await this.#requests.send(instance, '/auth/v2/verify/', { apiKey: secret, expected: [200, 401] });
    const isUnchanged = entry.writes === writes && entry.doubt === undefined;
    if (outcome.kind === 'answered' && outcome.status === 401 && isUnchanged) {
      blame(this.#requests.figures, 'lost', `the secret of ${entry.name} was refused by ${instance.name}`);
    }
  }

  async #checkSpent(instance: Instance): Promise<void> {
    const secret = pickOne(this.#ledger.spent);
    if (secret === undefined) return;
    const outcome = await this.#requests.send(instance, '/auth/v2/verify/', { apiKey: secret, expected: [200, 401] });
    if (outcome.kind === 'answered' && outcome.status === 200) {
      blame(this.#requests.figures, 'stale', `a secret that had been ended was accepted by ${instance.name}`);
    }
  }

  async #logIn(instance: Instance): Promise<void> {
    const body = { email: this.#ground.user.email, password: PASSWORD };
    const outcome = await this.#requests.send(instance, `${PROGRAMMATIC}/login/`, { body, expected: [200] });
    if (outcome.kind === 'answered') this.#ledger.logins.push((outcome.body as { access_token: string }).access_token);
  }
}
