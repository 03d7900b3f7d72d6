import type { Environment } from '../../db/tables/api-clients.ts';
import type { HeldPolicy } from './held-policy.ts';
import { explainAllowedIps, explainLife, explainOverlap, explainOverlapEnd, refuseFaults } from './policy-rules.ts';
import type { SecretLife } from './policy-rules.ts';

/** What of an API client a policy looks at. Times are RFC 3339. */
export interface PolicedClient {
  environment: Environment;
  expiresAt: string | null;
  allowedIps: readonly string[];
}

/** A usable secret of a client. Times are RFC 3339. */
export interface PolicedSecret {
  createdAt: string;
  expiresAt: string | null;
}

/** A secret as its repository gives it. */
export function toPolicedSecret({ createdAt, expiresAt }: { createdAt: Date; expiresAt: Date | null }): PolicedSecret {
  return { createdAt: createdAt.toISOString(), expiresAt: expiresAt?.toISOString() ?? null };
}

/** The same without the end that a rotation gives it: who cancels the rotation takes that away. */
export function toLastingSecret(secret: {
  status: 'active' | 'retiring';
  createdAt: Date;
  expiresAt: Date | null;
  ownExpiresAt: Date | null;
}): PolicedSecret {
  const { status, createdAt, expiresAt, ownExpiresAt } = secret;
  return toPolicedSecret({ createdAt, expiresAt: status === 'retiring' ? ownExpiresAt : expiresAt });
}

/** @throws AppError `policy_violation` for a client, made now with its secret, that the policy does not allow */
export function requireAllowedClient(policy: HeldPolicy, { environment, expiresAt, allowedIps }: PolicedClient): void {
  const life = { startsAt: policy.now, endsAt: toDate(expiresAt) };
  refuseFaults([
    ['/expires_at', explainLife(policy, environment, life)],
    ['/allowed_ips', explainAllowedIps(policy, environment, allowedIps)],
  ]);
}

/**
 * What breaks the policy already goes on, and may come nearer to it: only a change that leads away from it is refused.
 * @param change.secrets the usable ones of the client
 * @throws AppError `policy_violation`
 */
export function requireAllowedChange(
  policy: HeldPolicy,
  change: { before: PolicedClient; after: PolicedClient; secrets: readonly PolicedSecret[] },
): void {
  const { before, after, secrets } = change;
  const lives = secrets.map((secret) => ({ was: lifeOf(secret, before), becomes: lifeOf(secret, after) }));
  const faults = lives
    .filter(({ was, becomes }) => isLater(becomes, was))
    .flatMap(({ becomes }) => explainLife(policy, after.environment, becomes) ?? []);
  const isBound = before.allowedIps.length > 0;
  refuseFaults([
    ['/expires_at', faults[0]],
    ['/allowed_ips', isBound ? explainAllowedIps(policy, after.environment, after.allowedIps) : undefined],
  ]);
}

/**
 * For a secret that takes the place of another one now.
 * @param rotation.expiresAt its own end
 * @throws AppError `policy_violation`
 */
export function requireAllowedRotation(
  policy: HeldPolicy,
  client: Pick<PolicedClient, 'environment' | 'expiresAt'>,
  rotation: { expiresAt: string | null; overlapSeconds: number },
): void {
  const life = lifeOf({ createdAt: policy.now.toISOString(), expiresAt: rotation.expiresAt }, client);
  refuseFaults([
    ['/expires_at', explainLife(policy, client.environment, life)],
    ['/overlap_seconds', explainOverlap(policy, rotation.overlapSeconds)],
  ]);
}

/**
 * For another end of a secret that is there already.
 * @param change.overlapFrom for a retiring one, when the overlap began, which is bounded too
 * @throws AppError `policy_violation` for a later one that the policy does not allow
 */
export function requireAllowedEnd(
  policy: HeldPolicy,
  client: Pick<PolicedClient, 'environment' | 'expiresAt'>,
  { before, after, overlapFrom }: { before: PolicedSecret; after: PolicedSecret; overlapFrom: Date | null },
): void {
  const [was, becomes] = [lifeOf(before, client), lifeOf(after, client)];
  if (!isLater(becomes, was)) return;
  const end = toDate(after.expiresAt);
  const overlapSeconds = overlapFrom !== null && end !== null ? (end.getTime() - overlapFrom.getTime()) / 1000 : 0;
  const fault = explainLife(policy, client.environment, becomes) ?? explainOverlapEnd(policy, overlapSeconds);
  refuseFaults([['/expires_at', fault]]);
}

function lifeOf(secret: PolicedSecret, client: Pick<PolicedClient, 'expiresAt'>): SecretLife {
  const ends = [toDate(secret.expiresAt), toDate(client.expiresAt)].filter((end) => end !== null);
  const endsAt = ends.length === 0 ? null : new Date(Math.min(...ends.map((end) => end.getTime())));
  return { startsAt: new Date(secret.createdAt), endsAt };
}

function isLater(one: SecretLife, other: SecretLife): boolean {
  return (one.endsAt?.getTime() ?? Infinity) > (other.endsAt?.getTime() ?? Infinity);
}

function toDate(moment: string | null): Date | null {
  return moment === null ? null : new Date(moment);
}
