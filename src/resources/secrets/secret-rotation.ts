import type { MemberCaller } from '../../changes/caller.ts';
import type { Change } from '../../changes/change-runner.ts';
import { AppError, requireFound } from '../../errors.ts';
import { requireVersion } from '../../http/preconditions.ts';
import { createClientSecretRepository } from '../../secrets/client-secret-repository.ts';
import type { ClientSecretRepository, UsableSecret } from '../../secrets/client-secret-repository.ts';
import type { MintedSecret } from '../../secrets/store.ts';
import { createApiClientRepository } from '../api-clients/api-client-repository.ts';
import type { ApiClient, HeldApiClient } from '../api-clients/api-client-repository.ts';
import { requirePrimaryRights } from '../api-clients/primary-client.ts';
import { createApplicationRepository } from '../applications/application-repository.ts';
import type { Application } from '../applications/application-repository.ts';
import { sharePolicy } from '../credential-policy/held-policy.ts';
import type { HeldPolicy } from '../credential-policy/held-policy.ts';
import { requireAllowedRotation } from '../credential-policy/policy-checks.ts';
import { secretExpired, secretRotated } from './secret-audit.ts';

/** How a new secret takes the place of the one before. */
export interface Rotation {
  /** How long the old one goes on working; 0 ends all older ones at once. */
  overlapSeconds: number;
  /** The end of the new one, RFC 3339. */
  expiresAt: string | null;
  /** Ends what an earlier rotation has left, which is in the way otherwise. */
  isForced: boolean;
}

/** The secrets of a client that nobody else changes until the transaction ends. What has run out is written down. */
export interface HeldSecrets {
  policy: HeldPolicy;
  client: HeldApiClient;
  secrets: ClientSecretRepository;
  /** The active and the retiring one, as far as they work. */
  usable: readonly UsableSecret[];
}

export interface SecretChange<Made> {
  clientId: string;
  /** Of the client, from `If-Match`; undefined when the request set no condition on it. */
  versions?: number[] | undefined;
  work: (held: HeldSecrets) => Promise<Made>;
}

/** What a changed secret shows in. */
export interface ChangedRecords<Made> {
  client: ApiClient;
  /** Null unless the client is a primary one. */
  application: Application | null;
  made: Made;
}

/**
 * Changes the secrets of a client, and gives the client and the application that shows them another version.
 * @throws AppError `not_found`, `insufficient_role` on a primary client, `precondition_failed`
 */
export async function changeSecrets<Made>(
  { tx, audit }: Change,
  caller: MemberCaller,
  { clientId, versions, work }: SecretChange<Made>,
): Promise<ChangedRecords<Made>> {
  const applications = createApplicationRepository(tx, caller.organizationId);
  const clients = createApiClientRepository(tx, caller.organizationId);
  const policy = await sharePolicy(tx, caller.organizationId);
  // The application first, as its deletion does: one order of locks cannot end in a deadlock.
  const application = await applications.holdByClientId(clientId);
  const client = requireFound(await clients.hold(clientId));
  requirePrimaryRights(caller, client);
  requireVersion(client, versions);
  const secrets = createClientSecretRepository(tx, client.id);
  const current = await secrets.listCurrent();
  const over = current.filter(({ hasRunOut }) => hasRunOut);
  await secrets.expire(over.map(({ id }) => id));
  for (const secret of over) audit(secretExpired(client, secret));
  const made = await work({ policy, client, secrets, usable: current.filter(({ hasRunOut }) => !hasRunOut) });
  return {
    made,
    client: requireFound(await clients.update(client.id)),
    application: application && (await applications.update(application.id)),
  };
}

/**
 * Puts a new secret in the place of the active one.
 * @throws AppError `policy_violation`, `rotation_in_progress`
 */
export async function rotateSecret(
  { audit }: Change,
  { policy, client, secrets, usable }: HeldSecrets,
  { userId, minted, rotation }: { userId: string; minted: MintedSecret; rotation: Rotation },
): Promise<void> {
  const { overlapSeconds, expiresAt, isForced } = rotation;
  requireAllowedRotation(policy, client, rotation);
  const retiring = usable.find(({ status }) => status === 'retiring');
  if (retiring !== undefined && !isForced) throw rotationInProgress(retiring);
  const isGone = ({ status }: UsableSecret) => overlapSeconds === 0 || status === 'retiring';
  const gone = usable.filter(isGone).map(({ id }) => id);
  await secrets.revoke(gone, userId);
  const kept = usable.find((secret) => !isGone(secret));
  if (kept !== undefined) await secrets.retire(kept.id, overlapSeconds);
  await secrets.insert({ ...minted.record, expiresAt, createdBy: userId });
  const previous = usable.find(({ status }) => status === 'active');
  audit(secretRotated(client, { previous, fresh: { ...minted.record, expiresAt }, overlapSeconds, isForced }));
}

function rotationInProgress({ id, hint, expiresAt }: UsableSecret): AppError {
  const end = expiresAt?.toISOString() ?? '';
  const detail =
    `The secret that ends in ${hint} works until ${end}. End it first, by DELETE, or send "force": true, ` +
    'which ends it at once.';
  return new AppError('rotation_in_progress', { detail, members: { secret_id: id, expires_at: end } });
}
