import { v7 as uuidv7 } from 'uuid';
import { changesBetween } from '../../changes/audit-changes.ts';
import type { MemberCaller } from '../../changes/caller.ts';
import { LastStatement } from '../../changes/change-runner.ts';
import type { ChangeRunner } from '../../changes/change-runner.ts';
import { readBriefly } from '../../db/brief-read.ts';
import type { Db } from '../../db/client.ts';
import type { CostlyReads } from '../../db/costly-reads.ts';
import { AppError, isForeignKeyViolation, requireFound } from '../../errors.ts';
import type { PageRequest } from '../../http/pagination.ts';
import { requireVersion } from '../../http/preconditions.ts';
import { findNearestRedirectUrl } from '../../rules/redirect-urls.ts';
import { createClientSecretRepository } from '../../secrets/client-secret-repository.ts';
import type { MintedSecret, SecretStore } from '../../secrets/store.ts';
import type { ApiClientFilters } from './api-client-filters.ts';
import {
  API_CLIENTS_APPLICATION_FKEY,
  API_CLIENTS_ORGANIZATION_FKEY,
  createApiClientRepository,
  toClientToMake,
} from './api-client-repository.ts';
import type { ApiClient, ApiClientChanges } from './api-client.ts';
import type { CreationPolicy, NewApiClient } from './api-client-repository.ts';
import type { ApiClientCreate, ApiClientUpdate, RedirectUrlVerdict } from './api-client-schemas.ts';
import { quotaReached } from '../organizations/quotas.ts';
import { NOT_IN_CATALOGUE } from '../../rules/permission-catalogue.ts';
import type { CatalogueEntry } from '../../rules/permission-catalogue.ts';
import type { Quotas } from '../../rules/quotas.ts';
import { toAllowedIps } from './allowed-ips.ts';
import { clientCreated, shownOf, targetOf } from './api-client-audit.ts';
import { sharePolicy } from '../credential-policy/held-policy.ts';
import { requireAllowedChange, requireAllowedClient, toLastingSecret } from '../credential-policy/policy-checks.ts';
import { ClientCreations } from './client-creations.ts';
import { makeClientId } from './client-id.ts';
import { requirePrimaryRights } from './primary-client.ts';

const NO_POLICY: CreationPolicy = { maxSecretLifetimeDays: null, expiryRequiredFor: [], allowedIpsRequiredFor: [] };
/** How many policies a client is judged by: a further one takes a change of the policy between two statements. */
const POLICIES_MAX = 4;

/** An API client, and its secret in plain for the one answer that shows it. */
export interface ApiClientSecret {
  client: ApiClient;
  secret: string;
}

interface Target {
  clientId: string;
  /** Versions from `If-Match`; undefined when the request set no condition. */
  versions: number[] | undefined;
}

/** Every method rejects with AppError `not_found` for a client that is not the organization's. */
export interface ApiClientService {
  list: (caller: MemberCaller, page: PageRequest, filters: ApiClientFilters) => Promise<ApiClient[]>;
  get: (caller: MemberCaller, clientId: string) => Promise<ApiClient>;
  /**
   * @throws AppError `quota_reached`, `policy_violation`, `invalid_request` when `application_id` is not one of the
   * organization's
   */
  create: (caller: MemberCaller, input: ApiClientCreate) => Promise<ApiClientSecret>;
  /**
   * @throws AppError `insufficient_role` for what is an admin's on a primary client, `precondition_failed`,
   * `policy_violation`, `invalid_request` for a permission that neither the catalogue has nor the client
   */
  update: (caller: MemberCaller, change: Target & { input: ApiClientUpdate }) => Promise<ApiClient>;
  /** @throws AppError `primary_client`, `precondition_failed` */
  delete: (caller: MemberCaller, target: Target) => Promise<void>;
  checkRedirectUrl: (
    caller: MemberCaller,
    target: { clientId: string; redirectUrl: string },
  ) => Promise<RedirectUrlVerdict>;
}

export interface ApiClientServiceOptions {
  db: Db;
  changes: ChangeRunner;
  store: SecretStore;
  quotas: Quotas;
  permissions: readonly CatalogueEntry[];
  costlyReads: CostlyReads;
}

export function createApiClientService(options: ApiClientServiceOptions): ApiClientService {
  const { db, changes, store, quotas, costlyReads } = options;
  const catalogue = new Set(options.permissions.map(({ name }) => name));
  const creations = new ClientCreations({ db, quota: quotas.api_clients });
  const ofCaller = ({ organizationId }: MemberCaller) => createApiClientRepository(db, organizationId);

  return {
    list({ organizationId }, page, filters) {
      const read = () => readBriefly(db, (tx) => createApiClientRepository(tx, organizationId).list(page, filters));
      // Without filters a page is read through an index.
      return Object.keys(filters).length === 0 ? read() : costlyReads.run(organizationId, read);
    },

    get: async (caller, clientId) => requireFound(await ofCaller(caller).find(clientId)),

    create: (caller, input) =>
      changes
        .runStatement(caller, {
          lock: 'no key update',
          prepare: () => store.mint(input.environment),
          async apply(tx, minted: MintedSecret, compose) {
            const fresh = toNewClient(caller, input);
            const shown = { ...fresh, status: 'active' as const, clientSecretHint: minted.record.hint };
            const one = toClientToMake(fresh, minted.record, compose(clientCreated(shown)));
            // Most organizations have no policy. One that there is comes with the answer.
            let policy: CreationPolicy = NO_POLICY;
            for (let tries = 0; tries < POLICIES_MAX; tries += 1) {
              const made = await creations.make(tx, { caller, policy, one });
              if (made.client !== null) return { client: made.client, secret: minted.plain };
              if (!made.hasAccess) await caller.holdAccess(tx, 'key share');
              if (!made.hasRoom) throw quotaReached('api_clients', quotas.api_clients);
              requireAllowedClient(made.policy, fresh);
              policy = made.policy;
            }
            throw new AppError('overloaded', { reason: 'the policy changed at every try' });
          },
        })
        .catch(explainForeignKey),

    update: (caller, { clientId, input, versions }) =>
      changes.run(caller, {
        async hold(tx) {
          // The policy first: it is held before what it is about.
          const [policy, client] = await Promise.all([
            isPoliced(input) ? sharePolicy(tx, caller.organizationId) : null,
            createApiClientRepository(tx, caller.organizationId).hold(clientId),
          ]);
          return { policy, client };
        },
        async apply({ tx, audit, role, held }) {
          const before = requireFound(held.client);
          if (isSensitive(input)) requirePrimaryRights(role, before);
          requireVersion(before, versions);
          requireKnown(input.permissions ?? [], new Set([...catalogue, ...before.permissions]));
          const changed = toChanges(input);
          const after = { ...before, ...changed };
          if (held.policy !== null) {
            const secrets = (await createClientSecretRepository(tx, before.id).listCurrent()).map(toLastingSecret);
            requireAllowedChange(held.policy, { before, after, secrets });
          }
          const changes = changesBetween(shownOf(before), shownOf(after));
          audit({ action: 'api_client.update', target: targetOf(after), changes });
          const clients = createApiClientRepository(tx, caller.organizationId);
          return new LastStatement(async () => requireFound(await clients.update(before.id, changed)));
        },
      }),

    delete: (caller, { clientId, versions }) =>
      changes.run(caller, {
        hold: (tx) => createApiClientRepository(tx, caller.organizationId).hold(clientId),
        async apply({ tx, audit, held: found }) {
          const held = requireFound(found);
          if (held.isPrimary) {
            throw new AppError('primary_client', { detail: 'Delete the application, or pause this client.' });
          }
          requireVersion(held, versions);
          audit({ action: 'api_client.delete', target: targetOf(held) });
          return new LastStatement(() => createApiClientRepository(tx, caller.organizationId).delete(held.id));
        },
      }),

    async checkRedirectUrl(caller, { clientId, redirectUrl }) {
      const urls = requireFound(await ofCaller(caller).findRedirectUrls(clientId));
      if (urls.includes(redirectUrl)) return { allowed: true, nearest: null, difference: null };
      const { nearest = null, difference = null } = findNearestRedirectUrl(redirectUrl, urls) ?? {};
      return { allowed: false, nearest, difference };
    },
  };
}

function toNewClient({ userId, email }: MemberCaller, input: ApiClientCreate): NewApiClient {
  return {
    id: uuidv7(),
    clientId: makeClientId(),
    environment: input.environment,
    name: input.name,
    permissions: input.permissions,
    allowedRedirectUrls: input.allowed_redirect_urls ?? [],
    allowedIps: toAllowedIps(input.allowed_ips ?? []),
    applicationId: input.application_id ?? null,
    description: input.description ?? null,
    expiresAt: toMoment(input.expires_at ?? null),
    createdBy: { userId, email },
  };
}

function explainForeignKey(err: unknown): never {
  // The organization was deleted while the request was under way.
  if (isForeignKeyViolation(err, API_CLIENTS_ORGANIZATION_FKEY)) throw new AppError('not_found', { cause: err });
  if (!isForeignKeyViolation(err, API_CLIENTS_APPLICATION_FKEY)) throw err;
  const detail = 'is not an application of this organization';
  const errors = [{ pointer: '/application_id', code: 'not_found' as const, detail }];
  throw new AppError('invalid_request', { errors, cause: err });
}

/** What left the catalogue may be kept and not be given: else such a client could not be changed at all. */
function requireKnown(permissions: readonly string[], known: ReadonlySet<string>): void {
  const errors = permissions.flatMap((name, index) =>
    known.has(name)
      ? []
      : [{ pointer: `/permissions/${index}`, code: 'not_allowed' as const, detail: NOT_IN_CATALOGUE }],
  );
  if (errors.length > 0) throw new AppError('invalid_request', { errors });
}

/** Whether a change is an admin's on a primary client: what it may do, from where, and whether it works at all. */
function isSensitive({ status, permissions, allowed_ips, expires_at }: ApiClientUpdate): boolean {
  return [status, permissions, allowed_ips, expires_at].some((value) => value !== undefined);
}

/** Whether a change touches what a credential policy looks at. */
function isPoliced({ allowed_ips, expires_at }: ApiClientUpdate): boolean {
  return allowed_ips !== undefined || expires_at !== undefined;
}

/** What is named, as the record shows it. */
function toChanges(input: ApiClientUpdate): ApiClientChanges {
  const { name, description, permissions, status, allowed_redirect_urls: allowedRedirectUrls } = input;
  const expiresAt = input.expires_at === undefined ? undefined : toMoment(input.expires_at);
  const allowedIps = input.allowed_ips === undefined ? undefined : toAllowedIps(input.allowed_ips ?? []);
  const changes = { name, description, permissions, status, allowedRedirectUrls, allowedIps, expiresAt };
  return Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined));
}

/** A moment in UTC, as the record shows it. */
function toMoment(moment: string | null): string | null {
  return moment === null ? null : new Date(moment).toISOString();
}
