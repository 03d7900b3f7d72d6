import type { paths } from '../../../../client/schema.ts';
import { withoutSecret } from '../../pasted-secret.ts';

type ListQuery = NonNullable<paths['/auth/v2/organizations/{org}/api-clients/']['get']['parameters']['query']>;
type Query = NonNullable<ListQuery> extends never ? Record<string, never> : ListQuery;

const DAY_MS = 86_400_000;
export const UNUSED_DAYS = 90;
export const EXPIRING_DAYS = 30;

/** What the list can be narrowed by: names of the URL. */
export const filterNames = [
  'q',
  'environment',
  'status',
  'application',
  'permission',
  'unused',
  'expiring',
  'retiring',
] as const;
export type FilterName = (typeof filterNames)[number];

/** What the URL says, as far as it says something. */
export type Filters = Partial<Record<FilterName, string>>;

/** Of a secret in the URL nothing is used but its hint. */
export function readFilters(params: URLSearchParams): Filters {
  const found = filterNames.map((name) => [name, params.get(name) ?? ''] as const).filter(([, value]) => value !== '');
  return Object.fromEntries(found.map(([name, value]) => [name, name === 'q' ? withoutSecret(value) : value]));
}

/** As the API takes them. Moments are whole minutes, so that the same filters are the same question for a while. */
export function toQuery(filters: Filters, now = Date.now()): Query {
  const minute = now - (now % 60_000);
  const { q, environment, status, application, permission, unused, expiring, retiring } = filters;
  return {
    ...(q && { q }),
    ...((environment === 'live' || environment === 'staging') && { environment }),
    ...((status === 'active' || status === 'paused') && { status }),
    ...(application && { application_id: application }),
    ...(permission && { permission }),
    ...(unused && { unused_since: new Date(minute - daysOf(unused, UNUSED_DAYS) * DAY_MS).toISOString() }),
    ...(expiring && { expires_before: new Date(minute + daysOf(expiring, EXPIRING_DAYS) * DAY_MS).toISOString() }),
    ...(retiring && { has_retiring_secret: true }),
  };
}

function daysOf(value: string, usual: number): number {
  const days = Number.parseInt(value, 10);
  return Number.isInteger(days) && days > 0 && days <= 3_650 ? days : usual;
}
