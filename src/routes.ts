import type { FastifyInstance } from 'fastify';
import { API_PREFIX } from './http/api-prefix.ts';
import { Problem } from './http/problems.ts';
import * as sharedSchemas from './http/schemas.ts';
import type { Validation } from './http/validation.ts';
import { healthRoutes } from './plugins/health.ts';
import { metricsRoute } from './plugins/metrics.ts';
import { loginRoutes, registrationRoutes } from './resources/accounts/account-routes.ts';
import * as accountSchemas from './resources/accounts/account-schemas.ts';
import { ownAccountRoutes } from './resources/accounts/own-account-routes.ts';
import * as ownAccountSchemas from './resources/accounts/own-account-schemas.ts';
import { consoleSessionRoutes } from './resources/console-session/console-session-routes.ts';
import * as consoleSessionSchemas from './resources/console-session/console-session-schemas.ts';
import { apiClientRoutes } from './resources/api-clients/api-client-routes.ts';
import * as apiClientSchemas from './resources/api-clients/api-client-schemas.ts';
import { apiKeyRoutes } from './resources/applications/api-key-routes.ts';
import * as apiKeySchemas from './resources/applications/api-key-schemas.ts';
import { applicationRoutes } from './resources/applications/application-routes.ts';
import * as applicationSchemas from './resources/applications/application-schemas.ts';
import { clientTransferRoutes } from './resources/client-transfer/client-transfer-routes.ts';
import * as clientTransferSchemas from './resources/client-transfer/client-transfer-schemas.ts';
import { credentialPolicyRoutes } from './resources/credential-policy/credential-policy-routes.ts';
import * as credentialPolicySchemas from './resources/credential-policy/credential-policy-schemas.ts';
import { auditEventRoutes } from './resources/audit-events/audit-event-routes.ts';
import * as auditEventSchemas from './resources/audit-events/audit-event-schemas.ts';
import { oauthRoutes } from './resources/oauth/oauth-routes.ts';
import * as oauthSchemas from './resources/oauth/oauth-schemas.ts';
import { invitationRoutes } from './resources/invitations/invitation-routes.ts';
import * as invitationSchemas from './resources/invitations/invitation-schemas.ts';
import { memberRoutes } from './resources/members/member-routes.ts';
import * as memberSchemas from './resources/members/member-schemas.ts';
import { organizationRoutes } from './resources/organizations/organization-routes.ts';
import * as organizationSchemas from './resources/organizations/organization-schemas.ts';
import { permissionRoutes } from './resources/permissions/permission-routes.ts';
import * as permissionSchemas from './resources/permissions/permission-schemas.ts';
import { passkeyLoginRoutes, passkeyRoutes } from './resources/second-factor/passkey-routes.ts';
import * as passkeySchemas from './resources/second-factor/passkey-schemas.ts';
import { secondFactorRoutes } from './resources/second-factor/second-factor-routes.ts';
import * as secondFactorSchemas from './resources/second-factor/second-factor-schemas.ts';
import { secretRoutes } from './resources/secrets/secret-routes.ts';
import * as secretSchemas from './resources/secrets/secret-schemas.ts';
import { usageRoutes } from './resources/usage/usage-routes.ts';
import * as usageSchemas from './resources/usage/usage-schemas.ts';
import { verifyRoutes } from './resources/verify/verify-routes.ts';
import * as verifySchemas from './resources/verify/verify-schemas.ts';
import { jwksRoutes } from './resources/well-known/jwks-routes.ts';
import { metadataRoutes } from './resources/well-known/metadata-routes.ts';
import type { Services } from './services.ts';
import type { Config } from './settings/config.ts';
import type { KeyRing } from './tokens/key-ring.ts';

export interface RouteParts {
  config: Config;
  services: Services;
  keyRing: KeyRing;
  validation: Validation;
}

/** Registers every route: the API under its prefix, and what stands beside it at the origin. */
export async function registerRoutes(app: FastifyInstance, parts: RouteParts): Promise<void> {
  const { config, keyRing, services } = parts;
  await app.register(async (api) => registerApi(api, parts), { prefix: API_PREFIX });
  await app.register(jwksRoutes, { keyRing });
  await app.register(metadataRoutes, { publicUrl: config.publicUrl, catalogue: config.permissions, keyRing });
  await app.register(healthRoutes, services);
  if (config.metricsPort === undefined) await app.register(metricsRoute);
}

async function registerApi(api: FastifyInstance, { services, config, validation }: RouteParts): Promise<void> {
  await api.register(registrationRoutes, services);
  await api.register(loginRoutes, services);
  await api.register(ownAccountRoutes, services);
  await api.register(secondFactorRoutes, services);
  await api.register(passkeyLoginRoutes, services);
  await api.register(passkeyRoutes, services);
  if (config.isConsoleEnabled) await api.register(consoleSessionRoutes, services);
  await api.register(organizationRoutes, services);
  await api.register(memberRoutes, services);
  await api.register(invitationRoutes, services);
  await api.register(applicationRoutes, services);
  await api.register(apiClientRoutes, services);
  await api.register(apiKeyRoutes, services);
  await api.register(clientTransferRoutes, services);
  await api.register(secretRoutes, services);
  await api.register(credentialPolicyRoutes, services);
  await api.register(auditEventRoutes, services);
  await api.register(usageRoutes, services);
  await api.register(permissionRoutes, { catalogue: config.permissions });
  await api.register(verifyRoutes, services);
  await api.register(oauthRoutes, { ...services, validation });
}

/** Every shape with a name, so that any route may refer to it. */
export function namedSchemas(): { $id: string }[] {
  return [
    sharedSchemas,
    accountSchemas,
    ownAccountSchemas,
    secondFactorSchemas,
    passkeySchemas,
    consoleSessionSchemas,
    organizationSchemas,
    memberSchemas,
    invitationSchemas,
    applicationSchemas,
    apiClientSchemas,
    apiKeySchemas,
    clientTransferSchemas,
    secretSchemas,
    credentialPolicySchemas,
    auditEventSchemas,
    usageSchemas,
    permissionSchemas,
    verifySchemas,
    oauthSchemas,
    { Problem },
  ].flatMap((module) => Object.values(module).filter(isNamed));
}

function isNamed(value: unknown): value is { $id: string } {
  return typeof value === 'object' && value !== null && '$id' in value && typeof value.$id === 'string';
}
