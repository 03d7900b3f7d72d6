import type { CredentialPolicy, CredentialPolicyPut } from '../../../../client/schema.ts';
import { countText, listText } from '../../count.ts';
import type { Versioned } from '../../parts/draft.ts';
import type { Fault } from '../../problem.ts';
import { text } from '../../text/index.ts';

const words = text.policy;
const HOUR = 3_600;
const DAYS_MOST = 3_650;

/** As the form holds them: what is typed is text until it is sent. */
export interface PolicyValues {
  max_secret_lifetime_days: string;
  expiry_required_for: ('live' | 'staging')[];
  max_overlap_seconds: string;
  allowed_ips_required_for: ('live' | 'staging')[];
  second_factor_required: boolean;
  unused_pause_days: string;
}

/** The overlaps that are offered; one that was set otherwise comes beside them. */
export const overlaps = ['', '0', ...[1, 24, 7 * 24, 30 * 24].map((hours) => String(hours * HOUR))];

export function valuesOf({ data: policy, etag }: Versioned<CredentialPolicy>): Versioned<PolicyValues> {
  const data = {
    max_secret_lifetime_days: textOf(policy.max_secret_lifetime_days),
    expiry_required_for: policy.expiry_required_for,
    max_overlap_seconds: textOf(policy.max_overlap_seconds),
    allowed_ips_required_for: policy.allowed_ips_required_for,
    second_factor_required: policy.second_factor_required,
    unused_pause_days: textOf(policy.unused_pause_days),
  };
  return { data, etag };
}

function textOf(value: number | null): string {
  return value === null ? '' : String(value);
}

/** The whole policy: what is left out would demand nothing. */
export function bodyOf(values: PolicyValues): CredentialPolicyPut {
  return {
    max_secret_lifetime_days: numberOf(values.max_secret_lifetime_days),
    expiry_required_for: values.expiry_required_for,
    max_overlap_seconds: numberOf(values.max_overlap_seconds),
    allowed_ips_required_for: values.allowed_ips_required_for,
    second_factor_required: values.second_factor_required,
    unused_pause_days: numberOf(values.unused_pause_days),
  };
}

/** Null where nothing was typed. */
export function numberOf(typed: string): number | null {
  return typed.trim() === '' ? null : Number(typed);
}

/** What is no number of days would not even be read by the service. */
export function faultsOf(values: PolicyValues): Fault[] {
  return (['max_secret_lifetime_days', 'unused_pause_days'] as const)
    .filter((field) => {
      const days = numberOf(values[field]);
      return days !== null && !(Number.isInteger(days) && days >= 1 && days <= DAYS_MOST);
    })
    .map((field) => ({ field, detail: words.noDays(DAYS_MOST) }));
}

export function overlapText(seconds: number | null): string {
  if (seconds === null) return words.noDemand;
  if (seconds === 0) return words.noOverlap;
  const [unit, size] = (
    [
      [words.days, 24 * HOUR],
      [words.hours, HOUR],
      [words.minutes, 60],
    ] as const
  ).find(([, length]) => seconds % length === 0) ?? [words.seconds, 1];
  return countText(seconds / size, unit);
}

/** For the comparison of two versions. */
export function writeValue(value: unknown, field: keyof PolicyValues): string {
  if (Array.isArray(value)) return listText(value.map((name) => text.environments[name as 'live' | 'staging']));
  if (typeof value === 'boolean') return value ? words.everyMember : words.noDemand;
  const number = typeof value === 'string' ? numberOf(value) : null;
  if (field === 'max_overlap_seconds') return overlapText(number);
  return number === null ? words.noDemand : countText(number, words.days);
}
