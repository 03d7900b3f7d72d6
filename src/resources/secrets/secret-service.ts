import type { MemberCaller } from '../../changes/caller.ts';
import type { ChangeRunner } from '../../changes/change-runner.ts';
import type { Db } from '../../db/client.ts';
import { AppError, requireFound } from '../../errors.ts';
import { requireVersion } from '../../http/preconditions.ts';
import { createSecretRepository } from '../../secrets/secret-repository.ts';
import type { SecretSummary } from '../../secrets/secret-repository.ts';
import type { MintedSecret, SecretStore } from '../../secrets/store.ts';
import { targetOf } from '../api-clients/api-client-audit.ts';
import { createApiClientRepository } from '../api-clients/api-client-repository.ts';
import type { ApiClientSecret } from '../api-clients/api-client-service.ts';
import { changeSecrets, rotateSecret, secretRotated } from './secret-rotation.ts';

interface Target {
  clientId: string;
  /** Versions of the client from `If-Match`; undefined when the request set no condition. */
  versions: number[] | undefined;
}

/**
 * The secrets of one API client. Every method rejects with AppError `not_found` for a client that is not the
 * organization's, every change with `insufficient_role` for what is an admin's on a primary client.
 */
export interface SecretService {
  /** The usable ones, the oldest first. */
  list: (caller: MemberCaller, clientId: string) => Promise<SecretSummary[]>;
  /**
   * Of many at the same time, the secret of the last one stays; without an overlap, only that one.
   * @throws AppError `precondition_failed`
   */
  regenerate: (caller: MemberCaller, change: Target & { overlapSeconds: number }) => Promise<ApiClientSecret>;
  /** @throws AppError `not_found` for a secret that is not the client's, `precondition_failed` */
  delete: (caller: MemberCaller, target: Target & { secretId: string }) => Promise<void>;
}

export interface SecretServiceOptions {
  db: Db;
  changes: ChangeRunner;
  store: SecretStore;
}

export function createSecretService({ db, changes, store }: SecretServiceOptions): SecretService {
  async function getClient({ organizationId }: MemberCaller, clientId: string) {
    return requireFound(await createApiClientRepository(db, organizationId).find(clientId));
  }

  return {
    list: async (caller, clientId) => createSecretRepository(db).list((await getClient(caller, clientId)).id),

    regenerate: (caller, { clientId, overlapSeconds, versions }) =>
      changes.run(caller, {
        // The environment never changes.
        prepare: async () => store.mint((await getClient(caller, clientId)).environment),
        async apply({ tx, audit }, minted: MintedSecret) {
          const { client } = await changeSecrets(tx, caller, {
            clientId,
            async work(held) {
              requireVersion(held.client, versions);
              await rotateSecret(tx, held.client.id, { minted, overlapSeconds });
            },
          });
          audit(secretRotated(client, { minted, overlapSeconds }));
          return { client, secret: minted.plain };
        },
      }),

    delete: (caller, { clientId, secretId, versions }) =>
      changes.run(caller, {
        async apply({ tx, audit }) {
          const { client } = await changeSecrets(tx, caller, {
            clientId,
            async work({ client }) {
              requireVersion(client, versions);
              if (!(await createSecretRepository(tx).delete(client.id, secretId))) throw new AppError('not_found');
            },
          });
          const changes = { secret: { from: secretId, to: null } };
          audit({ action: 'secret.delete', target: targetOf(client), changes });
        },
      }),
  };
}
