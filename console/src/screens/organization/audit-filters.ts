import type { paths } from '../../../../client/schema.ts';

/** What the log can be narrowed by: names of the URL. */
export const auditFilterNames = ['actor', 'action', 'target', 'from', 'to'] as const;
export type AuditFilterName = (typeof auditFilterNames)[number];
export type AuditFilters = Partial<Record<AuditFilterName, string>>;

type Query = NonNullable<paths['/auth/v2/organizations/{org}/audit-events/']['get']['parameters']['query']>;
export type AuditAction = NonNullable<Query['action']>;

const DAY_MS = 86_400_000;

/** Those that an organization’s chain can hold, as they are offered. */
export const auditActions = [
  'organization.create',
  'organization.update',
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
] as const satisfies readonly AuditAction[];

export function readAuditFilters(params: URLSearchParams): AuditFilters {
  return Object.fromEntries(
    auditFilterNames.map((name) => [name, params.get(name) ?? '']).filter(([, value]) => value !== ''),
  ) as AuditFilters;
}

/** As the API takes them; days are those of the person, from midnight to midnight. What it would not take is left out. */
export function toAuditQuery({ actor, action, target, from, to }: AuditFilters): Query {
  const known = auditActions.find((name) => name === action);
  const start = dayOf(from);
  const end = dayOf(to);
  return {
    ...(actor !== undefined && { actor }),
    ...(known !== undefined && { action: known }),
    ...(target !== undefined && { target }),
    ...(start !== null && { from: start.toISOString() }),
    ...(end !== null && { to: new Date(end.getTime() + DAY_MS).toISOString() }),
  };
}

function dayOf(day: string | undefined): Date | null {
  const moment = new Date(`${day ?? ''}T00:00:00`);
  return Number.isNaN(moment.getTime()) ? null : moment;
}
