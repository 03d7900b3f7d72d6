import { v7 as uuidv7 } from 'uuid';
import type { CatalogueEntry } from '../../rules/permission-catalogue.ts';
import type { Tx } from '../../db/client.ts';
import type { MintedSecret } from '../../secrets/store.ts';
import { createApplicationRepository } from '../applications/application-repository.ts';
import { emptyProfile, insertApplication } from '../applications/application-service.ts';
import { createOrganizationRepository } from '../organizations/organization-repository.ts';
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
}

export type AccountMade = Pick<FirstAccess, 'organization' | 'application'> & { userId: string };

/**
 * Stores a user, an organization the user owns and its first application; the caller's transaction makes them one. An
 * email that has an account breaks `USERS_EMAIL_KEY`.
 */
export async function insertAccount(tx: Tx, account: NewAccount): Promise<AccountMade> {
  const { email, passwordHash, organizationName = nameOrganization(email), secret, permissions } = account;
  const userId = uuidv7();
  await createAccountRepository(tx).insert({ id: userId, email, passwordHash });
  const organizations = createOrganizationRepository(tx, userId);
  const organization = { id: uuidv7(), name: organizationName };
  await organizations.insert({ ...organization, contactEmail: email });
  await organizations.insertMembership({ id: uuidv7(), organizationId: organization.id, role: 'owner' });
  const profile = emptyProfile(organization.name);
  const id = await insertApplication(tx, { organizationId: organization.id, profile, secret, permissions });
  const application = await createApplicationRepository(tx, organization.id).find(id);
  if (application === null) throw new Error('the application that was just inserted is not there');
  return {
    userId,
    organization: { uuid: organization.id, name: organization.name },
    application: { uuid: id, name: application.name, client_id: application.clientId, api_key: secret.plain },
  };
}

function nameOrganization(email: string): string {
  return `${email.slice(0, email.lastIndexOf('@'))}'s organization`;
}
