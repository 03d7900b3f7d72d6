import type { MemberCaller } from '../../changes/caller.ts';
import type { Change } from '../../changes/change-runner.ts';
import type { Tx } from '../../db/client.ts';
import { AppError, requireFound } from '../../errors.ts';
import { requireVersion } from '../../http/preconditions.ts';
import { createClientSecretRepository } from '../../secrets/client-secret-repository.ts';
import type { ClientSecretRepository, UsableSecret } from '../../secrets/client-secret-repository.ts';
import type { MintedSecret } from '../../secrets/store.ts';
import { createApiClientRepository } from '../api-clients/api-client-repository.ts';
import type { ApiClient } from '../api-clients/api-client.ts';
import type { HeldApiClient } from '../api-clients/api-client-repository.ts';
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
  /** Of the application whose primary client it is, likewise. */
  applicationVersions?: number[] | undefined;
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
  { tx, audit, role }: Change,
  { organizationId }: MemberCaller,
  { clientId, versions, applicationVersions, work }: SecretChange<Made>,
): Promise<ChangedRecords<Made>> {
  const policy = await sharePolicy(tx, organizationId);
  const held = await hold(tx, { organizationId, clientId });
  const { application, client, secrets, current } = held;
  requirePrimaryRights(role, client);
  requireVersion(client, versions);
  if (application !== null) requireVersion(application, applicationVersions);
  await expireOver(audit, held);
  const made = await work({ policy, client, secrets, usable: current.filter(({ hasRunOut }) => !hasRunOut) });
  const clients = createApiClientRepository(tx, organizationId);
  return {
    made,
    client: requireFound(await clients.update(client.id)),
    application: application && (await createApplicationRepository(tx, organizationId).update(application.id)),
  };
}

/** Writes down what of a client's secrets time has ended, and gives what shows them another version. */
export async function noteExpired({ tx, audit }: Change, owner: SecretOwner): Promise<void> {
  const held = await hold(tx, owner).catch(ignoreGone);
  if (held?.current.some(({ hasRunOut }) => hasRunOut) !== true) return;
  await expireOver(audit, held);
  await createApiClientRepository(tx, owner.organizationId).update(held.client.id);
  const { application } = held;
  if (application !== null) await createApplicationRepository(tx, owner.organizationId).update(application.id);
}

interface SecretOwner {
  organizationId: string;
  clientId: string;
}

/**
 * A client, its secrets that are not written down as ended, and the application whose key they are, held.
 * @throws AppError `not_found`
 */
async function hold(tx: Tx, { organizationId, clientId }: SecretOwner) {
  // The application first, as its deletion does: one order of locks cannot end in a deadlock.
  const application = await createApplicationRepository(tx, organizationId).holdByClientId(clientId);
  const client = requireFound(await createApiClientRepository(tx, organizationId).hold(clientId));
  const secrets = createClientSecretRepository(tx, client.id);
  return { application, client, secrets, current: await secrets.listCurrent() };
}

type Held = Awaited<ReturnType<typeof hold>>;

async function expireOver(audit: Change['audit'], { client, secrets, current }: Held): Promise<void> {
  const over = current.filter(({ hasRunOut }) => hasRunOut);
  await secrets.expire(over.map(({ id }) => id));
  for (const secret of over) audit(secretExpired(client, secret));
}

/** It was deleted meanwhile. */
function ignoreGone(err: unknown): null {
  if (err instanceof AppError && err.code === 'not_found') return null;
  throw err;
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
