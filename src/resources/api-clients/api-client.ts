import type { ClientStatus, Environment } from '../../db/tables/api-clients.ts';

/** What of an API client can change. */
export interface ApiClientProfile {
  name: string;
  description: string | null;
  permissions: string[];
  allowedRedirectUrls: string[];
  /** From where its credentials are accepted; none sets no bounds. */
  allowedIps: string[];
  status: ClientStatus;
  /** RFC 3339. */
  expiresAt: string | null;
}

export interface ApiClient extends ApiClientProfile {
  id: string;
  clientId: string;
  environment: Environment;
  applicationId: string | null;
  /** Of the active secret; null when there is none. */
  clientSecretHint: string | null;
  lastUsedAt: string | null;
  /** The email of a user; null where that is not known any more. */
  createdBy: string | null;
  version: number;
  createdAt: string;
  updatedAt: string;
}

/** What is not named stays. */
export type ApiClientChanges = Partial<ApiClientProfile>;
