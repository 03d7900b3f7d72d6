import { changesBetween } from '../../changes/audit-changes.ts';
import type { AuditEvent } from '../../changes/audit-event.ts';
import type { MemberCaller } from '../../changes/caller.ts';
import type { Change } from '../../changes/change-runner.ts';
import { AppError } from '../../errors.ts';
import type { InputError } from '../../errors.ts';
import { NOT_IN_CATALOGUE } from '../../rules/permission-catalogue.ts';
import type { Quotas } from '../../rules/quotas.ts';
import { shownOf, targetOf } from '../api-clients/api-client-audit.ts';
import { holdPolicy } from '../credential-policy/held-policy.ts';
import type { HeldPolicy } from '../credential-policy/held-policy.ts';
import { requireAllowedClient } from '../credential-policy/policy-checks.ts';
import { countRoom } from '../organizations/quotas.ts';
import { createClientImportRepository } from './client-import-repository.ts';
import type { KnownClient } from './client-import-repository.ts';
import type { ImportedClient, NewImportedSecret } from './import-line.ts';

/** What every import of this deployment goes by. */
export interface ImportRules {
  quotas: Quotas;
  catalogue: ReadonlySet<string>;
  /** `client_id`s that the settings give rights to: whoever could take one would have them. */
  reservedClientIds: ReadonlySet<string>;
}

export type ImportVerdict = { result: 'imported' | 'already_imported' } | { result: 'failed'; errors: InputError[] };

/** Thrown where a client_id was taken between the look and the insert: the same batch has another outcome now. */
export class TakenMeanwhileError extends Error {
  override name = 'TakenMeanwhileError';
}

/** What the clients of a batch are judged by: all that others cannot change until the transaction ends, and what is theirs. */
interface Ground {
  policy: HeldPolicy;
  rules: ImportRules;
  known: Map<string, KnownClient>;
  foreign: ReadonlySet<string>;
  lookups: Set<string>;
  applications: ReadonlySet<string>;
  room: number;
}

/**
 * Imports what of a batch can be imported, with an event for each, and says what became of every one, in their order.
 * @throws TakenMeanwhileError, or what Postgres raises for a duplicate, where another import took something meanwhile;
 * AppError `not_found`, `second_factor_required`, `insufficient_role` for who may not import any more
 */
export async function importBatch(
  { tx, audit }: Change,
  caller: MemberCaller,
  { clients, rules }: { clients: readonly ImportedClient[]; rules: ImportRules },
): Promise<ImportVerdict[]> {
  const repository = createClientImportRepository(tx, caller.organizationId);
  const clientIds = clients.map(({ clientId }) => clientId);
  const policy = await holdPolicy(tx, caller.organizationId);
  const ground: Ground = {
    policy,
    rules,
    known: new Map((await repository.listKnown(clientIds)).map((client) => [client.clientId, client])),
    foreign: new Set(await repository.listForeign(clientIds)),
    lookups: new Set(await repository.listTakenLookups(clients.flatMap(({ secret }) => secret?.lookup ?? []))),
    applications: new Set(
      await repository.holdApplications([...new Set(clients.flatMap(({ applicationId }) => applicationId ?? []))]),
    ),
    room: await countRoom(tx, rules.quotas, ['api_clients', caller.organizationId]),
  };
  const verdicts = clients.map((client) => judge(ground, client));
  const fresh = clients.filter((_client, index) => verdicts[index]?.result === 'imported');
  await repository.insert(fresh, caller.userId);
  // Whoever deleted one meanwhile was waited for by the insert.
  const spent = await repository.listForeign(fresh.map(({ clientId }) => clientId));
  if (spent.length > 0) throw new TakenMeanwhileError();
  for (const client of fresh) audit(clientImported(client));
  return verdicts;
}

/** What is imported is known to those after it. */
function judge(ground: Ground, client: ImportedClient): ImportVerdict {
  const known = ground.known.get(client.clientId);
  if (known !== undefined) return compare(known, client);
  const errors = findFaults(ground, client);
  if (errors.length > 0) return { result: 'failed', errors };
  const { clientId, secret } = client;
  ground.known.set(clientId, { ...client, secretDigest: secret?.digest ?? null });
  if (isFoundByLookup(secret)) ground.lookups.add(secret.lookup);
  ground.room -= 1;
  return { result: 'imported' };
}

const compared = [
  ['name', 'name'],
  ['description', 'description'],
  ['environment', 'environment'],
  ['permissions', 'permissions'],
  ['allowed_redirect_urls', 'allowedRedirectUrls'],
  ['allowed_ips', 'allowedIps'],
  ['status', 'status'],
  ['application_id', 'applicationId'],
  ['expires_at', 'expiresAt'],
] as const;

/** What is there stays as it is. */
function compare(known: KnownClient, client: ImportedClient): ImportVerdict {
  const different: string[] = compared
    .filter(([, field]) => JSON.stringify(known[field]) !== JSON.stringify(client[field]))
    .map(([name]) => name);
  if (client.secret !== null && client.secret.digest !== known.secretDigest) different.push('secret');
  if (different.length === 0) return { result: 'already_imported' };
  const detail = `is one of the organization’s API clients already, with another ${different.join(', ')}`;
  return { result: 'failed', errors: [{ pointer: '/client_id', code: 'taken', detail }] };
}

function findFaults(ground: Ground, client: ImportedClient): InputError[] {
  const { policy, rules, foreign, lookups, applications, room } = ground;
  const { clientId, applicationId, permissions, secret } = client;
  if (foreign.has(clientId) || rules.reservedClientIds.has(clientId)) {
    return [{ pointer: '/client_id', code: 'taken', detail: 'is taken' }];
  }
  const errors: InputError[] = permissions.flatMap((name, index) =>
    rules.catalogue.has(name)
      ? []
      : [{ pointer: `/permissions/${index}`, code: 'not_allowed' as const, detail: NOT_IN_CATALOGUE }],
  );
  if (applicationId !== null && !applications.has(applicationId)) {
    const detail = 'is not an application of this organization';
    errors.push({ pointer: '/application_id', code: 'not_found', detail });
  }
  if (isFoundByLookup(secret) && lookups.has(secret.lookup)) {
    errors.push({
      pointer: '/secret',
      code: 'taken',
      detail: 'is found by what finds another one: it needs a new secret',
    });
  }
  errors.push(...findPolicyFaults(policy, client));
  if (errors.length === 0 && room <= 0) {
    const detail = `is one too many: the limit is ${rules.quotas.api_clients} API clients in one organization`;
    errors.push({ pointer: '', code: 'too_many', detail });
  }
  return errors;
}

function isFoundByLookup(secret: NewImportedSecret | null): secret is NewImportedSecret & { lookup: string } {
  return secret !== null && secret.lookup !== null;
}

/** Its secret counts as made now; it ends with its client, if that comes first. */
function findPolicyFaults(
  policy: HeldPolicy,
  { environment, expiresAt, allowedIps, secret }: ImportedClient,
): InputError[] {
  const [first = null] = [expiresAt, secret?.expiresAt ?? null].filter((end) => end !== null).sort();
  try {
    requireAllowedClient(policy, { environment, expiresAt: first, allowedIps });
    return [];
  } catch (err) {
    if (!(err instanceof AppError) || err.code !== 'policy_violation') throw err;
    return err.options.errors ?? [];
  }
}

function clientImported(client: ImportedClient): AuditEvent {
  const changes = changesBetween(null, { ...shownOf(client), client_secret_hint: client.secret?.hint ?? null });
  return { action: 'api_client.import', target: targetOf(client), changes };
}
