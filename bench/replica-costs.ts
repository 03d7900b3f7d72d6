import { setTimeout as wait } from 'node:timers/promises';
import { query } from '../test/support/embedded-service.ts';
import type { ReplicatedServer } from '../test/support/replication.ts';
import type { Comparison } from './cases.ts';
import { median } from './measure.ts';
import type { Round } from './measure.ts';
import { cpuOf } from './replica-stage.ts';

/** CPU seconds of the primary, and of the replicas together. */
interface Cpu {
  primary: number;
  replicas: number;
}

/**
 * What checks cost servers beyond what they use while nobody checks: renewals, looks at replicas, the stream to them. Those
 * are so many a second, however many checks there are, so that few checks would seem to cost the more the fewer they are.
 */
export class Costs {
  readonly #primary: ReplicatedServer;
  readonly #replicas: readonly ReplicatedServer[];
  /** A second, in the time before each round. */
  readonly #idle: Cpu[] = [];
  /** A check, of each round of those of a name. */
  readonly #ofChecks = new Map<string, Cpu[]>();

  constructor(primary: ReplicatedServer, replicas: readonly ReplicatedServer[]) {
    this.#primary = primary;
    this.#replicas = replicas;
  }

  /** Measures what is used while nobody checks, after all that was left to be written. */
  async rest(seconds: number): Promise<void> {
    await query(this.#primary.directUrl, 'checkpoint');
    const used = await this.#measure(() => wait(1_000 * seconds));
    this.#idle.push({ primary: used.primary / seconds, replicas: used.replicas / seconds });
  }

  /** Measures a round, beside the rest before it. */
  async of(name: string, ask: () => Promise<Round>): Promise<Round> {
    const idle = this.#idle.at(-1) ?? { primary: 0, replicas: 0 };
    let round: Round | undefined;
    const beganAt = performance.now();
    const used = await this.#measure(async () => {
      round = await ask();
    });
    const { requests } = round!;
    const seconds = (performance.now() - beganAt) / 1_000;
    const perCheck = (server: keyof Cpu) => (used[server] - idle[server] * seconds) / requests;
    const ofOne = { primary: perCheck('primary'), replicas: perCheck('replicas') };
    this.#ofChecks.set(name, [...(this.#ofChecks.get(name) ?? []), ofOne]);
    return round!;
  }

  compare(name: string, beside: string, { atMost }: { atMost: number }): Comparison {
    // One that costs nothing may seem to cost less.
    const [one, other] = [Math.max(0, this.#msOf(name, 'primary')), this.#msOf(beside, 'primary')];
    const ratio = one / other;
    return {
      what: `CPU of the primary a check, ${name}`,
      beside,
      unit: 'ms',
      service: one,
      other,
      ratio,
      wanted: `≤ ${atMost}`,
      // A check that costs nothing at the primary was not measured.
      isMet: other > 0 && ratio <= atMost,
    };
  }

  describe(): string {
    const perSecond = (server: keyof Cpu) => (1_000 * median(this.#idle.map((cpu) => cpu[server]))).toFixed(1);
    const all = [...this.#ofChecks.keys()].map((name) => {
      const [primary, replicas] = [this.#msOf(name, 'primary'), this.#msOf(name, 'replicas')];
      return `${primary.toFixed(4)} and ${replicas.toFixed(4)} with ${name}`;
    });
    return (
      `While nobody checks the primary uses ${perSecond('primary')} ms of CPU a second, both replicas together ` +
      `${perSecond('replicas')}. Beyond that a check costs the one and the others, in ms: ${all.join('; ')}.`
    );
  }

  #msOf(name: string, server: keyof Cpu): number {
    return 1_000 * median((this.#ofChecks.get(name) ?? []).map((cpu) => cpu[server]));
  }

  async #measure(work: () => Promise<unknown>): Promise<Cpu> {
    const before = await this.#read();
    await work();
    const after = await this.#read();
    return { primary: after.primary - before.primary, replicas: after.replicas - before.replicas };
  }

  async #read(): Promise<Cpu> {
    return { primary: await cpuOf([this.#primary]), replicas: await cpuOf(this.#replicas) };
  }
}
