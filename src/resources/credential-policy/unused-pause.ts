import type { FastifyBaseLogger } from 'fastify';
import { systemCaller } from '../../changes/caller.ts';
import type { Change, ChangeRunner } from '../../changes/change-runner.ts';
import type { Db } from '../../db/client.ts';
import { AppError } from '../../errors.ts';
import { unusedClientsMail } from '../../mail/messages.ts';
import type { Outbox } from '../../mail/outbox.ts';
import { periodic } from '../../periodic.ts';
import { findNoticeReaders } from '../organizations/notice-readers.ts';
import { sharePolicy } from './held-policy.ts';
import {
  createUnusedClientRepository,
  listOrganizationsWithUnusedClients,
  NOTICE_DAYS,
  PAUSED_MAX,
} from './unused-client-repository.ts';
import type { UnusedClient } from './unused-client-repository.ts';

const INTERVAL_MS = 15 * 60_000;
const ORGANIZATIONS_BATCH = 100;
const NIL_ID = '00000000-0000-0000-0000-000000000000';
const NOTICE_TTL_SECONDS = NOTICE_DAYS * 86_400;

export interface UnusedPauseOptions {
  db: Db;
  changes: ChangeRunner;
  outbox: Outbox;
  log: FastifyBaseLogger;
  publicUrl: string;
}

/** Pauses API clients that are not used, as the policy of their organization says. */
export interface UnusedPause {
  start: () => void;
  /** Begins nothing more, and waits for what is under way. */
  stop: () => Promise<void>;
  /** Announces and pauses what is due now; never rejects. Any number of processes may do it at once. */
  run: () => Promise<void>;
}

export function createUnusedPause({ db, changes, outbox, log, publicUrl }: UnusedPauseOptions): UnusedPause {
  const stopping = new AbortController();
  let running: Promise<void> = Promise.resolve();

  /** @returns whether there is more to do */
  async function applyPolicy(change: Change, organizationId: string): Promise<boolean> {
    const { unusedPauseDays: days } = await sharePolicy(change.tx, organizationId);
    if (days === null) return false;
    const clients = createUnusedClientRepository(change.tx, organizationId);
    const announced = await clients.announce(days);
    if (announced.length > 0) {
      const { organizationName, emails } = await findNoticeReaders(change.tx, organizationId);
      for (const to of emails) {
        const mail = unusedClientsMail({ to, serviceUrl: publicUrl, organizationName, clients: announced, days });
        await outbox.owe(change, mail, { ttlSeconds: NOTICE_TTL_SECONDS });
      }
    }
    const paused = await clients.pause(days);
    for (const client of paused) change.audit(pausedEvent(organizationId, client));
    return paused.length === PAUSED_MAX;
  }

  async function runAll(): Promise<void> {
    for (let afterId: string | undefined = NIL_ID; afterId !== undefined;) {
      const found: string[] = await listOrganizationsWithUnusedClients(db, { afterId, limit: ORGANIZATIONS_BATCH });
      for (const organizationId of found) {
        let hasMore = true;
        while (hasMore && !stopping.signal.aborted) {
          hasMore = await changes
            .run(systemCaller(), { apply: (change) => applyPolicy(change, organizationId) })
            .catch(goOn(log));
        }
      }
      afterId = found.length === ORGANIZATIONS_BATCH && !stopping.signal.aborted ? found.at(-1) : undefined;
    }
  }

  function run(): Promise<void> {
    running = runAll().catch((err: unknown) => {
      report(log, err);
    });
    return running;
  }

  return {
    start() {
      periodic(INTERVAL_MS, run, stopping.signal);
    },
    async stop() {
      stopping.abort();
      await running;
    },
    run,
  };
}

type Log = UnusedPauseOptions['log'];

function report(log: Log, err: unknown): void {
  log.warn({ err }, 'unused API clients could not be paused; trying again later');
}

/** What fails for one organization is no reason to leave the others as they are; it may have been deleted meanwhile. */
function goOn(log: Log) {
  return (err: unknown): boolean => {
    if (!(err instanceof AppError && err.code === 'not_found')) report(log, err);
    return false;
  };
}

function pausedEvent(organizationId: string, { clientId, name }: UnusedClient) {
  return {
    action: 'api_client.update' as const,
    chain: { type: 'organization' as const, id: organizationId },
    target: { type: 'api_client' as const, id: clientId, name },
    changes: { status: { from: 'active', to: 'paused' } },
  };
}
