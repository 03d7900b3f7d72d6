import type { AuditEvent } from '../../changes/audit-event.ts';
import type { MemberCaller } from '../../changes/caller.ts';
import type { Tx } from '../../db/client.ts';
import { requireFound } from '../../errors.ts';
import { createSecretRepository } from '../../secrets/secret-repository.ts';
import type { MintedSecret } from '../../secrets/store.ts';
import { targetOf } from '../api-clients/api-client-audit.ts';
import { createApiClientRepository } from '../api-clients/api-client-repository.ts';
import type { ApiClient, HeldApiClient } from '../api-clients/api-client-repository.ts';
import { requirePrimaryRights } from '../api-clients/primary-client.ts';
import { createApplicationRepository } from '../applications/application-repository.ts';
import type { Application, HeldApplication } from '../applications/application-repository.ts';

export interface SecretChange {
  clientId: string;
  /** Makes the change, with the client and, for a primary one, its application held. */
  work: (held: { client: HeldApiClient; application: HeldApplication | null }) => Promise<void>;
}

/** What a changed secret shows in. */
export interface ChangedRecords {
  client: ApiClient;
  /** Null unless the client is a primary one. */
  application: Application | null;
}

/**
 * Changes the secrets of a client, and gives the client and the application that shows them another version.
 * @throws AppError `not_found`, `insufficient_role` on a primary client
 */
export async function changeSecrets(
  tx: Tx,
  caller: MemberCaller,
  { clientId, work }: SecretChange,
): Promise<ChangedRecords> {
  const applications = createApplicationRepository(tx, caller.organizationId);
  const clients = createApiClientRepository(tx, caller.organizationId);
  // The application first, as its deletion does: one order of locks cannot end in a deadlock.
  const application = await applications.holdByClientId(clientId);
  const client = requireFound(await clients.hold(clientId));
  requirePrimaryRights(caller, client);
  await work({ client, application });
  return {
    client: requireFound(await clients.update(client.id)),
    application: application && (await applications.update(application.id)),
  };
}

interface Rotation {
  minted: MintedSecret;
  overlapSeconds: number;
}

/** Puts a new secret in the place of the current one, which ends at once or after an overlap. */
export async function rotateSecret(tx: Tx, apiClientId: string, { minted, overlapSeconds }: Rotation): Promise<void> {
  const secrets = createSecretRepository(tx);
  if (overlapSeconds === 0) await secrets.deleteAll(apiClientId);
  else await secrets.expireCurrent(apiClientId, overlapSeconds);
  await secrets.insert({ ...minted.record, apiClientId });
}

/** What is told of a rotation. */
export function secretRotated(client: ApiClient, { minted, overlapSeconds }: Rotation): AuditEvent {
  const changes = {
    client_secret_hint: { from: null, to: minted.record.hint },
    overlap_seconds: { from: null, to: overlapSeconds },
  };
  return { action: 'secret.rotate', target: targetOf(client), changes };
}
