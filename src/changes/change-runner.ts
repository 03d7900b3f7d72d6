import type { FastifyBaseLogger } from 'fastify';
import type { Db, Tx } from '../db/client.ts';
import { runTransaction } from '../db/transaction.ts';
import type { AtEnd } from '../db/transaction.ts';
import { isTransactionConflict } from '../errors.ts';
import type { MasterKey } from '../master-key/master-key.ts';
import { appendEvents } from './audit-append.ts';
import { composeEvent } from './audit-event.ts';
import type { AuditEvent, ComposedEvent } from './audit-event.ts';
import type { Role } from '../db/tables/organizations.ts';
import type { Caller, OrganizationLock } from './caller.ts';
import { createIdempotency } from './idempotency.ts';

/** What a plan has while its transaction is open. */
export interface Change<Held = unknown> {
  tx: Tx;
  /** The caller's in the organization in the path, as it stays until the transaction ends; null where there is none. */
  role: Role | null;
  /** What `hold` of the plan found. */
  held: Held;
  /**
   * Has `ask` called at the end of the transaction, in front of the events: what it asks goes out with the commit, in one way
   * to the database. It asks before it waits for anything, as a statement with a name does. For what nobody needs the answers
   * of: where it fails, nothing is committed and the change fails with it.
   */
  atEnd: (ask: () => Promise<unknown>) => void;
  /** Has `effect` run once the transaction is committed, and not at all when it is undone. */
  afterCommit: (effect: () => void) => void;
  /**
   * Says what was done. It is appended to the audit trail at the end of the transaction, and so only with the change.
   * @param options.isKept false leaves no event after the same work, for what must not show whether somebody exists;
   * then it is given for every event of the change
   */
  audit: (event: AuditEvent, options?: { isKept: boolean }) => void;
}

export interface Plan<Made, Prepared = void, Held = void> {
  /**
   * How it holds its organization, before all else that it locks. What adds to the organization or changes its members says
   * `no key update`, what changes the organization itself `update`; default: `key share`, beside which those are.
   */
  lock?: OrganizationLock;
  /** What takes time and needs no transaction: hashing, above all. Runs once, before the transaction begins. */
  prepare?: () => Promise<Prepared>;
  /**
   * Reads and locks what the change is about, in one way to the database with the access check and after it; what it finds is
   * looked at only where that passes. For what is known before anything is read.
   */
  hold?: (tx: Tx) => Promise<Held>;
  /**
   * Makes the change with `change.tx` alone. Waits for nothing but the database. It may run several times, each time in
   * a transaction of its own, so it leaves nothing behind outside of it. What it throws undoes the change. An AppError that
   * it gives instead is for the caller to throw once the change is committed, and is not kept as an answer.
   */
  apply: (change: Change<Held>, prepared: Prepared) => Promise<Made | LastStatement<Made>>;
}

/**
 * What a plan gives in the place of what it makes: the statement that makes it, for a change that needs nothing of the answer
 * but to tell it. It is one way to the database with the events and the commit, which are not made where it fails.
 */
export class LastStatement<Made> {
  readonly ask: () => Promise<Made>;

  constructor(ask: () => Promise<Made>) {
    this.ask = ask;
  }
}

/** A change that one statement makes, the appending of its events included, so that it needs no transaction around it. */
export interface StatementPlan<Made, Prepared> {
  lock: OrganizationLock;
  /** As that of a {@link Plan}. */
  prepare: () => Promise<Prepared>;
  /**
   * Runs the statement, again where it did nothing. As `apply` of a {@link Plan} otherwise, but that it makes the access
   * check of the caller by itself.
   * @param compose makes an event what the statement appends, through `toEventValues`
   */
  apply: (db: Db | Tx, prepared: Prepared, compose: (event: AuditEvent) => ComposedEvent) => Promise<Made>;
}

/** The one place where a change happens. */
export interface ChangeRunner {
  /**
   * Runs a plan in a transaction: all of it or nothing. For a member of an organization the transaction begins with the
   * access check of the request, made again: who was demoted or removed meanwhile changes nothing any more. A change that
   * Postgres undid for the sake of another one (deadlock, serialization failure) is run again, {@link RUNS_MAX} times at
   * most. For a caller with an `Idempotency-Key` the answer is kept in the same transaction, and a change that was made
   * before is neither prepared nor made.
   * @throws what `prepare`, `apply` and `holdAccess` of the caller throw; with a key also AnsweredBefore, and AppError
   * `request_in_progress`, `idempotency_key_reused`, `insufficient_role`, `rate_limited`
   */
  run: <Made, Prepared = void, Held = void>(caller: Caller, plan: Plan<Made, Prepared, Held>) => Promise<Made>;
  /** The same without a transaction, but for a caller with an `Idempotency-Key`: his answer is kept with the change. */
  runStatement: <Made, Prepared>(caller: Caller, plan: StatementPlan<Made, Prepared>) => Promise<Made>;
}

export interface ChangeRunnerOptions {
  db: Db;
  masterKey: MasterKey;
  log: Pick<FastifyBaseLogger, 'info' | 'error'>;
}

export const RUNS_MAX = 4;

export function createChangeRunner({ db, masterKey, log }: ChangeRunnerOptions): ChangeRunner {
  const idempotency = createIdempotency(masterKey);
  return { run, runStatement };

  async function run<Made, Prepared = void, Held = void>(
    caller: Caller,
    plan: Plan<Made, Prepared, Held>,
  ): Promise<Made> {
    const { prepare } = plan;
    const repeatable = idempotency.of(caller);
    await repeatable?.requireNew(db);
    // Without `prepare` the type of what it gives is void.
    const prepared = (await prepare?.()) as Prepared;
    return runAgainAfterConflicts(caller, async () => {
      const effects: (() => void)[] = [];
      const afterCommit = (effect: () => void) => void effects.push(effect);
      const work = async (tx: Tx, atEnd: AtEnd) => {
        const trail = openTrail(caller);
        // After the claim on a key: whoever makes the same change meanwhile waits for nothing.
        const make = async () => {
          const { role, held } = await hold(tx, caller, plan);
          return plan.apply({ tx, role, held, atEnd, afterCommit, audit: trail.audit }, prepared);
        };
        const result = await (repeatable === null ? make() : repeatable.make(tx, async () => answerOf(await make())));
        const answer = result instanceof LastStatement ? askAtEnd(result, atEnd) : () => result;
        atEnd(() => trail.append(tx));
        return answer;
      };
      const made = await runTransaction(db, work, { onSettled: caller.onSettled });
      for (const effect of effects) runEffect(log, effect, caller);
      return made();
    });
  }

  async function runStatement<Made, Prepared>(caller: Caller, plan: StatementPlan<Made, Prepared>): Promise<Made> {
    const { lock, prepare, apply } = plan;
    const compose = (event: AuditEvent) => composeEvent(event, caller);
    if (caller.retry !== undefined) {
      return run(caller, { lock, prepare, apply: ({ tx }, prepared: Prepared) => apply(tx, prepared, compose) });
    }
    const prepared = await prepare();
    return runAgainAfterConflicts(caller, () => apply(db, prepared, compose));
  }

  async function runAgainAfterConflicts<Made>({ requestId }: Caller, work: () => Promise<Made>): Promise<Made> {
    for (let runs = 1; ; runs += 1) {
      try {
        return await work();
      } catch (err) {
        if (runs === RUNS_MAX || !isTransactionConflict(err)) throw err;
        log.info({ reqId: requestId, runs }, 'a change met another one and is run again');
      }
    }
  }
}

/** The access check is judged first: without access nobody is told what there is. */
async function hold<Made, Prepared, Held>(
  tx: Tx,
  { holdAccess }: Caller,
  plan: Plan<Made, Prepared, Held>,
): Promise<{ role: Role | null; held: Held }> {
  const access = holdAccess?.(tx, plan.lock ?? 'key share');
  const holding = plan.hold?.(tx);
  holding?.catch(() => undefined);
  const role = (await access) ?? null;
  // Without `hold` the type of what it gives is void.
  return { role, held: (await holding) as Held };
}

/** For an answer that is to be kept, and so to be there before the commit. */
async function answerOf<Made>(made: Made | LastStatement<Made>): Promise<Made> {
  return made instanceof LastStatement ? made.ask() : made;
}

/** @returns gives what the statement made, once it is committed */
function askAtEnd<Made>({ ask }: LastStatement<Made>, atEnd: AtEnd): () => Made {
  let made: Made;
  atEnd(async () => {
    made = await ask();
  });
  return () => made;
}

/** The change is committed, and its caller is told so whatever becomes of the effect. */
function runEffect(log: ChangeRunnerOptions['log'], effect: () => void, { requestId }: Caller): void {
  try {
    effect();
  } catch (err) {
    log.error({ err, reqId: requestId }, 'an effect of a committed change failed');
  }
}

/** The events of one run of a change. */
function openTrail(caller: Caller) {
  const events: ComposedEvent[] = [];
  let isKept: boolean | undefined;
  return {
    audit: (event: AuditEvent, options?: { isKept: boolean }) => {
      isKept = options?.isKept ?? isKept;
      events.push(composeEvent(event, caller));
    },
    append: async (tx: Tx) => {
      if (events.length > 0) await appendEvents(tx, events, isKept);
    },
  };
}
