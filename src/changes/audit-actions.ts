/** What an audit event can tell of: the closed list of actions, `noun.verb`. */
export const auditActions = [
  'account.create',
  'login.fail',
  'login.lock',
  'login.challenge',
  'password.reset',
  'password.change',
  'second_factor.pass',
  'second_factor.fail',
  'second_factor.reset',
  'totp.add',
  'totp.remove',
  'passkey.add',
  'passkey.remove',
  'passkey.suspect',
  'recovery_codes.renew',
  'recovery_code.use',
  'session.create',
  'session.reauthenticate',
  'session.repeat',
  'session.end',
  'session.reuse',
  'organization.create',
  'organization.update',
  'organization.delete',
  'invitation.create',
  'invitation.resend',
  'invitation.accept',
  'invitation.delete',
  'member.create',
  'member.update',
  'member.delete',
  'application.create',
  'application.update',
  'application.delete',
  'api_client.create',
  'api_client.import',
  'api_client.update',
  'api_client.delete',
  'secret.rotate',
  'secret.update',
  'secret.revoke',
  'secret.expire',
  'credential_policy.update',
] as const;
export type AuditAction = (typeof auditActions)[number];

/** What an audit event can be about. What becomes of a secret is told of its API client. */
export const auditTargets = [
  'user',
  'session',
  'passkey',
  'organization',
  'invitation',
  'member',
  'application',
  'api_client',
] as const;
export type AuditTargetType = (typeof auditTargets)[number];

/** Who can have done it: a person, a machine, or the service and its commands by themselves. */
export const actorTypes = ['user', 'api_client', 'system'] as const;
export type ActorType = (typeof actorTypes)[number];
