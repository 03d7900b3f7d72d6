import type { MemberCaller } from '../../changes/caller.ts';
import type { ChangeRunner } from '../../changes/change-runner.ts';
import type { Db } from '../../db/client.ts';
import type { DatabaseClock } from '../../db/database-clock.ts';
import { AppError, requireFound } from '../../errors.ts';
import type { PageRequest } from '../../http/pagination.ts';
import { createClientSecretRepository } from '../../secrets/client-secret-repository.ts';
import type { SecretSummary, UsableSecret } from '../../secrets/client-secret-repository.ts';
import type { MintedSecret, SecretStore } from '../../secrets/store.ts';
import { createApiClientRepository } from '../api-clients/api-client-repository.ts';
import type { ApiClient } from '../api-clients/api-client.ts';
import type { ApiClientSecret } from '../api-clients/api-client-service.ts';
import { requireAllowedEnd, toPolicedSecret } from '../credential-policy/policy-checks.ts';
import { secretRevoked, secretUpdated } from './secret-audit.ts';
import { changeSecrets, rotateSecret } from './secret-rotation.ts';
import type { HeldSecrets, Rotation } from './secret-rotation.ts';
import { OVERLAP_SECONDS_MAX } from './secret-schemas.ts';

interface Target {
  clientId: string;
  /** Versions of the client from `If-Match`; undefined when the request set no condition. */
  versions: number[] | undefined;
}

/**
 * The secrets of one API client. Every method rejects with AppError `not_found` for a client that is not the
 * organization's or a secret that is not the client's, every change with `insufficient_role` for what is an admin's on a
 * primary client, and with `precondition_failed`.
 */
export interface SecretService {
  /** All that are kept. */
  list: (caller: MemberCaller, clientId: string, page: PageRequest) => Promise<SecretSummary[]>;
  /**
   * Of many at the same time, the secret of the last one stays; without an overlap, only that one.
   * @throws AppError `rotation_in_progress`, `policy_violation`
   */
  regenerate: (caller: MemberCaller, change: Target & { rotation: Rotation }) => Promise<ApiClientSecret>;
  /** @throws AppError `secret_ended`, `policy_violation`, `invalid_request` for an end that a retiring secret cannot have */
  update: (
    caller: MemberCaller,
    change: Target & SecretUpdate,
  ) => Promise<{ secret: SecretSummary; client: ApiClient }>;
  /**
   * Ends one of two: the retiring one before its time, or the active one, whose place the retiring one takes again.
   * @throws AppError `secret_ended`, `last_secret`, `secret_in_use` unless forced
   */
  revoke: (caller: MemberCaller, target: Target & { secretId: string; isForced: boolean }) => Promise<void>;
}

interface SecretUpdate {
  secretId: string;
  /** RFC 3339; undefined leaves the end as it is. */
  expiresAt: string | null | undefined;
}

export interface SecretServiceOptions {
  db: Db;
  changes: ChangeRunner;
  store: SecretStore;
  clock: Pick<DatabaseClock, 'now'>;
}

/** A secret that was used so lately is most likely in use. */
const IN_USE_MS = 3_600_000;

export function createSecretService({ db, changes, store, clock }: SecretServiceOptions): SecretService {
  async function getClient({ organizationId }: MemberCaller, clientId: string) {
    return requireFound(await createApiClientRepository(db, organizationId).find(clientId));
  }

  /** By what is written and what this process has noted since; others write what they have noted every few seconds. */
  function requireUnused({ id, lastUsedAt }: UsableSecret): void {
    const usedAt = Math.max(lastUsedAt?.getTime() ?? 0, store.lastUseOf(id) ?? 0);
    if (usedAt <= clock.now() - IN_USE_MS) return;
    const time = new Date(usedAt).toISOString();
    const detail = `It was last used at ${time}. To end it all the same, add ?force=true.`;
    throw new AppError('secret_in_use', { detail, members: { secret_id: id, last_used_at: time } });
  }

  return {
    async list(caller, clientId, page) {
      const { id } = await getClient(caller, clientId);
      return createClientSecretRepository(db, id).list(page);
    },

    regenerate: (caller, { clientId, rotation, versions }) =>
      changes.run(caller, {
        // The environment never changes.
        prepare: async () => store.mint((await getClient(caller, clientId)).environment),
        async apply(change, minted: MintedSecret) {
          const { userId } = caller;
          const work = (held: HeldSecrets) => rotateSecret(change, held, { userId, minted, rotation });
          const { client } = await changeSecrets(change, caller, { clientId, versions, work });
          return { client, secret: minted.plain };
        },
      }),

    update: (caller, { clientId, secretId, expiresAt, versions }) =>
      changes.run(caller, {
        async apply(change) {
          const work = async (held: HeldSecrets) => {
            const { target, other } = await getUsable(held, secretId);
            if (expiresAt !== undefined) await moveEnd(held, { target, other }, expiresAt);
            const secret = requireFound(await held.secrets.find(secretId));
            change.audit(secretUpdated(held.client, target, secret.expiresAt));
            return secret;
          };
          const { client, made } = await changeSecrets(change, caller, { clientId, versions, work });
          return { secret: made, client };
        },
      }),

    revoke: (caller, { clientId, secretId, versions, isForced }) =>
      changes.run(caller, {
        async apply(change) {
          const work = async (held: HeldSecrets) => {
            const { target, other } = await getUsable(held, secretId);
            if (other === undefined) throw lastSecret();
            if (!isForced) requireUnused(target);
            await held.secrets.revoke([target.id], caller.userId);
            if (target.status === 'active') await held.secrets.reinstate(other.id);
            change.audit(secretRevoked(held.client, target, other));
          };
          await changeSecrets(change, caller, { clientId, versions, work });
        },
      }),
  };
}

/** A secret that works, and the other one of its client if there is one. */
async function getUsable({ secrets, usable }: HeldSecrets, secretId: string) {
  const target = usable.find(({ id }) => id === secretId);
  if (target !== undefined) return { target, other: usable.find(({ id }) => id !== secretId) };
  const { status, endedAt } = requireFound(await secrets.find(secretId));
  const detail = `It is ${status} since ${endedAt ?? ''}, and stays so.`;
  throw new AppError('secret_ended', { detail, members: { secret_id: secretId } });
}

function lastSecret(): AppError {
  return new AppError('last_secret', {
    detail: 'It is the only one that works. Delete or pause the API client, or regenerate the secret.',
  });
}

async function moveEnd(
  { policy, client, secrets }: HeldSecrets,
  { target, other }: { target: UsableSecret; other: UsableSecret | undefined },
  end: string | null,
) {
  const isRetiring = target.status === 'retiring';
  if (isRetiring) requirePossibleEnd(end, policy.now);
  const before = toPolicedSecret(target);
  // The overlap began with the secret that took its place: counted from now, it could be made longer again and again.
  const overlapFrom = isRetiring ? (other?.createdAt ?? policy.now) : null;
  requireAllowedEnd(policy, client, { before, after: { ...before, expiresAt: end }, overlapFrom });
  await secrets.updateEnd(target.id, end);
}

/** A retiring secret has an end, and one that is no further away than a rotation may put it. */
function requirePossibleEnd(expiresAt: string | null, now: Date): void {
  const latest = now.getTime() + OVERLAP_SECONDS_MAX * 1000;
  if (expiresAt !== null && Date.parse(expiresAt) <= latest) return;
  const detail = 'must be within 30 days for a secret that is retiring';
  throw new AppError('invalid_request', { errors: [{ pointer: '/expires_at', code: 'not_allowed', detail }] });
}
