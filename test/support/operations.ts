import { randomUUID } from 'node:crypto';
import type { RouteEntry } from '../../src/identity/admin-auth.ts';
import type { Role } from '../../src/db/tables/organizations.ts';
import { Authenticator } from './authenticator.ts';
import type { TestApp } from './build-app.ts';
import { makeEmail, PASSWORD } from './factories.ts';
import { readyPasskey, readyPasskeyCreation, readyTotp, readyTotpConfirmation, removeTotp } from './second-factor.ts';
import { Lines } from './lines.ts';

/** What of an organization a request is about. */
export interface Target {
  org: string;
  /** The organization's name. */
  orgName: string;
  app: string;
  clientId: string;
  /** One that is not the last usable one. */
  secret: string;
  /** Another one of the caller. */
  session: string;
  /** One who is not the last owner. */
  member: string;
  /** An open one. */
  invitation: string;
  /** One of the caller. */
  passkey: string;
}

/**
 * Who may call, as the contract says it: anybody, a machine with a credential, any user, any member of the organization, or
 * a member of at least this role.
 */
export type Caller = 'anybody' | 'machine' | 'user' | 'member' | Exclude<Role, 'reader'>;

/** What a caller has of its own: the body that goes with it, and ids for the path. */
export type Ready = Partial<Target> & { body?: object };

/** What the guards have to know of one operation. */
export interface Operation {
  who: Caller;
  /** A body that is valid, for what takes one with an admin token. */
  body?: (target: Target) => unknown;
  /** Makes what a caller needs of its own before it succeeds; its body takes the place of the other one. */
  ready?: (test: TestApp, token: string) => Promise<Ready>;
  /** The status of success; 200 where it is left out. */
  status?: number;
  /** The members in which the answer holds a secret. */
  reveals?: readonly string[];
  /** How it cannot fail: it takes no input, and perhaps needs no database. */
  neverFails?: readonly ('4xx' | '500' | '503')[];
}

const DAY_MS = 86_400_000;
const tokens = ['access_token', 'refresh_token'];
const takesNothing = { who: 'anybody', neverFails: ['4xx', '500', '503'] } as const;

/** Every operation of the API, by operationId. A new one is added here, and all guards have it. */
export const operations: Record<string, Operation> = {
  register: { who: 'anybody', status: 201 },
  resendCode: { who: 'anybody' },
  verifyEmail: { who: 'anybody', reveals: [...tokens, 'api_key'] },
  login: { who: 'anybody', reveals: [...tokens, 'temp_token'] },
  refresh: { who: 'anybody', reveals: tokens },
  logout: { who: 'anybody', status: 204 },
  forgotPassword: { who: 'anybody' },
  resetPassword: { who: 'anybody' },
  acceptInvitation: { who: 'anybody', reveals: tokens },
  verifySecondFactor: { who: 'anybody', reveals: tokens },
  createPasskeyLoginOptions: { who: 'anybody' },
  verifyPasskey: { who: 'anybody', reveals: tokens },

  openConsoleSession: { who: 'anybody' },
  getConsoleSession: { who: 'anybody' },
  endConsoleSession: { who: 'anybody', status: 204 },

  listOrganizations: { who: 'user' },
  createOrganization: { who: 'user', body: () => ({ name: 'Another' }), status: 201 },
  getOrganization: { who: 'member' },
  updateOrganization: { who: 'admin', body: () => ({ contact_email: 'desk@acme.example' }) },
  deleteOrganization: { who: 'owner', body: ({ orgName }) => ({ confirm: orgName }), status: 204 },
  listMembers: { who: 'member' },
  getMember: { who: 'member' },
  updateMember: { who: 'admin', body: () => ({ role: 'reader' }) },
  deleteMember: { who: 'admin', status: 204 },
  listRoles: { who: 'member' },
  inviteMembers: { who: 'admin', body: () => ({ emails: [makeEmail(), makeEmail()], role: 'reader' }) },
  inviteMember: { who: 'admin', body: () => ({ email: makeEmail(), role: 'reader' }) },
  listInvitations: { who: 'admin' },
  getInvitation: { who: 'admin' },
  resendInvitation: { who: 'admin', body: () => ({}) },
  deleteInvitation: { who: 'admin', status: 204 },
  listApplications: { who: 'member' },
  createApplication: { who: 'admin', body: () => ({ name: 'Portal' }), status: 201, reveals: ['api_key'] },
  getApplication: { who: 'member' },
  updateApplication: { who: 'admin', body: () => ({ description: 'Changed' }) },
  deleteApplication: { who: 'admin', status: 204 },
  regenerateApiKey: { who: 'admin', body: () => ({ force: true }), reveals: ['api_key'] },
  listApiClients: { who: 'member' },
  createApiClient: {
    who: 'developer',
    body: () => ({ name: 'Job', environment: 'staging', permissions: ['api.read'] }),
    status: 201,
    reveals: ['client_secret'],
  },
  importApiClients: {
    who: 'admin',
    body: () =>
      new Lines([
        { client_id: `moved-${randomUUID()}`, name: 'Moved', environment: 'live', permissions: ['api.read'] },
      ]),
  },
  exportApiClients: { who: 'member' },
  getApiClient: { who: 'member' },
  updateApiClient: { who: 'developer', body: () => ({ name: 'Renamed' }) },
  deleteApiClient: { who: 'developer', status: 204 },
  regenerateSecret: {
    who: 'developer',
    body: () => ({ force: true, overlap_seconds: 60 }),
    reveals: ['client_secret'],
  },
  listApiKeys: { who: 'member' },
  listApplicationApiKeys: { who: 'member' },
  listSecrets: { who: 'member' },
  updateSecret: { who: 'developer', body: () => ({ expires_at: new Date(Date.now() + DAY_MS).toISOString() }) },
  revokeSecret: { who: 'developer', status: 204 },
  getCredentialPolicy: { who: 'member' },
  updateCredentialPolicy: { who: 'owner', body: () => ({ max_overlap_seconds: 86_400 }) },
  listPolicyViolations: { who: 'member' },
  getApiClientUsage: { who: 'member' },
  getApplicationUsage: { who: 'member' },
  getOrganizationUsage: { who: 'member' },
  checkRedirectUrl: { who: 'member', body: () => ({ redirect_url: 'https://acme.example/callback' }) },
  listPermissions: { who: 'user' },
  listAuditEvents: { who: 'admin' },
  getAuditHead: { who: 'admin' },
  listSecurityEvents: { who: 'user' },
  getAccount: { who: 'user' },
  listSessions: { who: 'user' },
  endSession: { who: 'user', body: () => ({ password: PASSWORD }), status: 204 },
  // The same one, so that the user of a test goes on being who it is.
  changePassword: { who: 'user', body: () => ({ current_password: PASSWORD, password: PASSWORD }) },
  reauthenticate: { who: 'user', body: () => ({ password: PASSWORD }), status: 204 },
  endOtherSessions: { who: 'user', body: () => ({ password: PASSWORD }), status: 204 },
  createTotp: { who: 'user', ready: removeTotp, status: 201, reveals: ['secret', 'otpauth_url'] },
  confirmTotp: {
    who: 'user',
    body: () => ({ code: '287082' }),
    ready: readyTotpConfirmation,
    reveals: ['recovery_codes'],
  },
  regenerateRecoveryCodes: {
    who: 'user',
    body: () => ({ password: PASSWORD, code: '287082' }),
    ready: readyTotp,
    reveals: ['recovery_codes'],
  },
  deleteTotp: {
    who: 'user',
    body: () => ({ password: PASSWORD, code: '287082' }),
    ready: readyTotp,
    status: 204,
  },
  listPasskeys: { who: 'user' },
  createPasskeyOptions: { who: 'user' },
  createPasskey: {
    who: 'user',
    body: () => ({ name: 'Laptop', credential: new Authenticator('http://localhost').create({ challenge: 'none' }) }),
    ready: readyPasskeyCreation,
    status: 201,
    reveals: ['recovery_codes'],
  },
  deletePasskey: { who: 'user', ready: readyPasskey, status: 204 },

  verifyCredential: { who: 'machine' },
  verifyCredentialWith: { who: 'machine' },
  issueToken: { who: 'machine', reveals: ['access_token'] },
  introspectToken: { who: 'machine' },
  revokeToken: { who: 'machine' },

  getJwks: takesNothing,
  getServerMetadata: takesNothing,
  getOpenidConfiguration: takesNothing,
  getLiveness: takesNothing,
  getReadiness: { who: 'anybody', neverFails: ['4xx', '500'] },
  getMetrics: takesNothing,
};

/** What the table says of an operation. */
export function operationOf({ operationId = '' }: Pick<RouteEntry, 'operationId'>): Operation {
  const operation = operations[operationId];
  if (operation === undefined) throw new Error(`test/support/operations.ts does not have ${operationId}`);
  return operation;
}

/** The operations that take an admin token, by operationId. */
export const managementOperations = Object.entries(operations)
  .filter(([, { who }]) => who !== 'anybody' && who !== 'machine')
  .map(([operationId]) => operationId);
