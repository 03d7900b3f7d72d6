import { v7 as uuidv7 } from 'uuid';
import type { Db } from '../db/client.ts';
import { makeClientId } from '../resources/api-clients/client-id.ts';
import type { SecretStore } from '../secrets/store.ts';
import { createSeedRepository } from './seed-repository.ts';
import type { SeedRows } from './seed-repository.ts';

/** Secrets that are hashed and stored together. */
const BATCH_MAX = 250;

export interface SeedAmounts {
  organizations: number;
  /** Of each organization. */
  applications: number;
  /** Of each organization, dealt out to its applications in turn; without applications they stand alone. */
  apiClients: number;
}

/** A secret that was made, with what it belongs to. */
export interface SeededSecret {
  organization_id: string;
  application_id: string | null;
  client_id: string;
  client_secret: string;
  environment: 'live';
  /** Whether it is the `api_key` of its application. */
  is_api_key: boolean;
}

export interface SeedOptions {
  db: Db;
  mint: SecretStore['mint'];
  amounts: SeedAmounts;
  /** What every API client may do. */
  permissions: string[];
  /** The user who owns the organizations; null for organizations of which nobody is a member. */
  ownerId: string | null;
  /** Aborted when it is to end after the batch under way. */
  signal: AbortSignal;
  /** Told after each batch is stored. */
  onStored: (secrets: SeededSecret[]) => Promise<void>;
}

/** How many secrets these amounts make: one for each application and each API client. */
export function countSecrets({ organizations, applications, apiClients }: SeedAmounts): number {
  return organizations * (applications + apiClients);
}

/** Fills a database. What is stored when it is interrupted or fails stays, and has been told. */
export async function seedDatabase(options: SeedOptions): Promise<void> {
  const repository = createSeedRepository(options.db);
  let batch: Unit[] = [];
  const store = async () => {
    options.signal.throwIfAborted();
    const { rows, made } = await toRows(batch, options);
    await repository.insert(rows);
    await options.onStored(made);
    batch = [];
  };
  for (const unit of planUnits(options.amounts)) {
    batch.push(unit);
    if (batch.length === BATCH_MAX) await store();
  }
  await store();
}

/** One step of the filling: an API client, with the organization or application that begins with it. */
interface Unit {
  organizationId: string;
  /** Set where the organization is to be made first. */
  newOrganization?: number;
  /** Set where the application is to be made with the client as its primary one. */
  newApplication?: number;
  applicationId: string | null;
  client?: { name: string };
}

function* planUnits({ organizations, applications, apiClients }: SeedAmounts): Generator<Unit> {
  for (let organization = 1; organization <= organizations; organization += 1) {
    const organizationId = uuidv7();
    yield { organizationId, newOrganization: organization, applicationId: null };
    const applicationIds = Array.from({ length: applications }, () => uuidv7());
    for (const [index, applicationId] of applicationIds.entries()) {
      const number = index + 1;
      yield { organizationId, applicationId, newApplication: number, client: { name: `Application ${number}` } };
    }
    for (let number = 1; number <= apiClients; number += 1) {
      const applicationId = applicationIds[(number - 1) % applications] ?? null;
      yield { organizationId, applicationId, client: { name: `API client ${number}` } };
    }
  }
}

async function toRows(
  units: readonly Unit[],
  { mint, permissions, ownerId }: SeedOptions,
): Promise<{ rows: SeedRows; made: SeededSecret[] }> {
  const rows: SeedRows = { organizations: [], memberships: [], applications: [], apiClients: [], secrets: [] };
  const made: SeededSecret[] = [];
  const withClients = units.filter(({ client }) => client !== undefined);
  const minted = new Map(await Promise.all(withClients.map(async (unit) => [unit, await mint('live')] as const)));
  for (const unit of units) {
    const { organizationId, applicationId, newOrganization, newApplication, client } = unit;
    if (newOrganization !== undefined) {
      const contactEmail = `contact-${newOrganization}@example.com`;
      rows.organizations.push({ id: organizationId, name: `Organization ${newOrganization}`, contactEmail });
      if (ownerId !== null) {
        rows.memberships.push({ id: uuidv7(), organizationId, userId: ownerId, role: 'owner' });
      }
    }
    const secret = minted.get(unit);
    if (client === undefined || secret === undefined) continue;
    const id = uuidv7();
    const clientId = makeClientId();
    if (newApplication !== undefined && applicationId !== null) {
      rows.applications.push({ id: applicationId, organizationId, primaryClientId: id, name: client.name });
    }
    rows.apiClients.push({
      id,
      clientId,
      organizationId,
      applicationId,
      name: client.name,
      environment: 'live',
      permissions,
    });
    rows.secrets.push({ ...secret.record, apiClientId: id });
    made.push({
      organization_id: organizationId,
      application_id: applicationId,
      client_id: clientId,
      client_secret: secret.plain,
      environment: 'live',
      is_api_key: newApplication !== undefined,
    });
  }
  return { rows, made };
}
