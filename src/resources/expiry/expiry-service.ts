import type { FastifyBaseLogger } from 'fastify';
import { systemCaller } from '../../changes/caller.ts';
import type { Change, ChangeRunner } from '../../changes/change-runner.ts';
import type { Db } from '../../db/client.ts';
import { expiryMail, NAMED_MAX, NOTICE_TTL_SECONDS } from '../../mail/messages.ts';
import type { Outbox } from '../../mail/outbox.ts';
import { periodic } from '../../periodic.ts';
import { findNoticeReaders } from '../organizations/notice-readers.ts';
import { noteExpired } from '../secrets/secret-rotation.ts';
import { listClientsToTidy } from './expired-secret-repository.ts';
import { createExpiryNoticeRepository, listOrganizationsToTell } from './expiry-notice-repository.ts';

const INTERVAL_MS = 15 * 60_000;
const BATCH = 100;
const NIL_ID = '00000000-0000-0000-0000-000000000000';

export interface ExpiryOptions {
  db: Db;
  changes: ChangeRunner;
  outbox: Outbox;
  log: Pick<FastifyBaseLogger, 'warn'>;
  publicUrl: string;
}

/**
 * What time does to credentials. Checks look at the clock themselves; here people are told of ends before they come, and
 * what has ended is written down.
 */
export interface Expiry {
  start: () => void;
  /** Begins nothing more, and waits for what is under way. */
  stop: () => Promise<void>;
  /** Does what is due now; never rejects. Any number of processes may do it at once. */
  run: () => Promise<void>;
}

export function createExpiry({ db, changes, outbox, log, publicUrl }: ExpiryOptions): Expiry {
  const stopping = new AbortController();
  const { signal } = stopping;
  let running: Promise<void> = Promise.resolve();

  const report = (err: unknown) => {
    log.warn({ err }, 'ends of credentials could not be dealt with; trying again later');
  };
  /** What fails for one organization is no reason to leave the others without. */
  const change = (organizationId: string, apply: (change: Change) => Promise<void>) =>
    changes.run({ ...systemCaller(), organizationId }, { apply }).catch(report);

  /** One mail to each owner and admin, however much ends; its notices and the mails are committed together. */
  async function tell(opened: Change, organizationId: string): Promise<void> {
    const notices = createExpiryNoticeRepository(opened.tx, organizationId);
    const { first, count } = await notices.claim(NAMED_MAX);
    if (count === 0) return;
    const { organizationName, emails } = await findNoticeReaders(opened.tx, organizationId);
    for (const to of emails) {
      const mail = expiryMail({ to, serviceUrl: publicUrl, organizationName, first, count });
      await outbox.owe(opened, mail, { ttlSeconds: NOTICE_TTL_SECONDS });
    }
  }

  async function tellAll(): Promise<void> {
    for (let afterId: string | undefined = NIL_ID; afterId !== undefined;) {
      const found: string[] = await listOrganizationsToTell(db, { afterId, limit: BATCH });
      for (const id of found) if (!signal.aborted) await change(id, (opened) => tell(opened, id));
      afterId = nextAfter(found);
    }
  }

  async function tidyAll(): Promise<void> {
    for (let afterId: string | undefined = NIL_ID; afterId !== undefined;) {
      const found = await listClientsToTidy(db, { afterId, limit: BATCH });
      for (const { organizationId, clientId } of found) {
        if (!signal.aborted)
          await change(organizationId, (opened) => noteExpired(opened, { organizationId, clientId }));
      }
      afterId = nextAfter(found.map(({ secretId }) => secretId));
    }
  }

  /** Where the next batch begins; undefined when there is none, or no time for it. */
  function nextAfter(ids: readonly string[]): string | undefined {
    return ids.length === BATCH && !signal.aborted ? ids.at(-1) : undefined;
  }

  async function runAll(): Promise<void> {
    const results = await Promise.allSettled([tellAll(), tidyAll()]);
    for (const result of results) if (result.status === 'rejected') report(result.reason);
  }

  function run(): Promise<void> {
    running = runAll();
    return running;
  }

  return {
    start() {
      periodic(INTERVAL_MS, run, signal);
    },
    async stop() {
      stopping.abort();
      await running;
    },
    run,
  };
}
