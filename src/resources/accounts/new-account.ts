import { v7 as uuidv7 } from 'uuid';
import type { CatalogueEntry } from '../../rules/permission-catalogue.ts';
import type { AuditActor } from '../../changes/audit-event.ts';
import type { Change } from '../../changes/change-runner.ts';
import type { MintedSecret } from '../../secrets/store.ts';
import { createApplicationRepository } from '../applications/application-repository.ts';
import { emptyProfile, insertApplication } from '../applications/application-service.ts';
import { organizationCreated } from '../organizations/organization-audit.ts';
import { createOrganizationRepository } from '../organizations/organization-repository.ts';
import { actorOf, ofAccount } from './account-audit.ts';
import { createAccountRepository } from './account-repository.ts';
import type { FirstAccess } from './account-schemas.ts';

export interface NewAccount {
  /** Lower case. */
  email: string;
  passwordHash: string;
  /** Default: made of the email. */
  organizationName?: string | undefined;
  /** Of the application's primary client. */
  secret: MintedSecret;
  permissions: readonly CatalogueEntry[];
  /** Whether the person made it, who has proven the email; else it is the caller's doing. */
  isOwnDoing: boolean;
}

export type AccountMade = Pick<FirstAccess, 'organization' | 'application'> & { userId: string };

/**
 * Stores a user, an organization the user owns and its first application; the caller's transaction makes them one. An
 * email that has an account breaks `USERS_EMAIL_KEY`.
 */
export async function insertAccount(change: Change, account: NewAccount): Promise<AccountMade> {
  const { email, passwordHash, organizationName = nameOrganization(email), secret, permissions } = account;
  const { tx, audit } = change;
  const userId = uuidv7();
  const user = { id: userId, email };
  const actor: AuditActor | undefined = account.isOwnDoing ? actorOf(user) : undefined;
  await insertUser(change, { ...user, passwordHash, actor });
  const organizations = createOrganizationRepository(tx, userId);
  const organization = { id: uuidv7(), name: organizationName };
  await organizations.insert({ ...organization, contactEmail: email });
  await organizations.insertMembership({ id: uuidv7(), organizationId: organization.id, role: 'owner' });
  audit({ ...organizationCreated({ ...organization, contactEmail: email }), ...(actor && { actor }) });
  const profile = emptyProfile(organization.name);
  const made = { organizationId: organization.id, profile, secret, permissions, actor, creator: { userId, email } };
  const id = await insertApplication(change, made);
  const application = await createApplicationRepository(tx, organization.id).find(id);
  if (application === null) throw new Error('the application that was just inserted is not there');
  return {
    userId,
    organization: { uuid: organization.id, name: organization.name },
    application: { uuid: id, name: application.name, client_id: application.clientId, api_key: secret.plain },
  };
}

export interface NewUser {
  id: string;
  /** Lower case. */
  email: string;
  passwordHash: string;
  /** Whose doing it is; undefined: the caller's. */
  actor: AuditActor | undefined;
}

/** Stores a user who has no organization yet. An email that has an account breaks `USERS_EMAIL_KEY`. */
export async function insertUser({ tx, audit }: Change, { actor, ...user }: NewUser): Promise<void> {
  audit({ action: 'account.create', ...ofAccount(user), ...(actor && { actor }) });
  await createAccountRepository(tx).insert(user);
}

function nameOrganization(email: string): string {
  return `${email.slice(0, email.lastIndexOf('@'))}'s organization`;
}
