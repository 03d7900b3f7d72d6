import type { Environment } from '../../db/tables/api-clients.ts';
import { AppError } from '../../errors.ts';
import type { FaultCode, InputError } from '../../errors.ts';

/** What an organization demands of its credentials. Null and empty demand nothing. */
export interface CredentialPolicy {
  maxSecretLifetimeDays: number | null;
  expiryRequiredFor: Environment[];
  maxOverlapSeconds: number | null;
  allowedIpsRequiredFor: Environment[];
  isSecondFactorRequired: boolean;
  unusedPauseDays: number | null;
}

/** A rule that stored credentials can break, by the name that the API gives it. */
export const policyRules = [
  'max_secret_lifetime_days',
  'expiry_required_for',
  'max_overlap_seconds',
  'allowed_ips_required_for',
] as const;
export type PolicyRule = (typeof policyRules)[number];

export interface PolicyFault {
  rules: readonly PolicyRule[];
  code: FaultCode;
  /** Says what the rules demand; follows the name of the field. */
  detail: string;
}

/** From when to when a secret can be used: its own end or that of its client, whichever comes first. */
export interface SecretLife {
  startsAt: Date;
  endsAt: Date | null;
}

const DAY_MS = 86_400_000;
/** Whoever reckons with a clock that is a little ahead of the database's gets what was meant. */
export const LIFETIME_SLACK_SECONDS = 60;
/** An overlap that began while a list was read, whose clock stood still meanwhile, has not become longer by that. */
export const OVERLAP_SLACK_SECONDS = 5;

/** What a policy has against the life of a secret of this environment. */
export function explainLife(
  policy: CredentialPolicy,
  environment: Environment,
  { startsAt, endsAt }: SecretLife,
): PolicyFault | undefined {
  const { maxSecretLifetimeDays: daysMax, expiryRequiredFor } = policy;
  const isRequired = expiryRequiredFor.includes(environment);
  if (endsAt === null) {
    const rules: PolicyRule[] = [];
    if (isRequired) rules.push('expiry_required_for');
    if (daysMax !== null) rules.push('max_secret_lifetime_days');
    return rules.length === 0 ? undefined : { rules, code: 'required', detail: word('is required', policy, rules) };
  }
  const isTooLong = daysMax !== null && endsAt.getTime() > latestEnd(startsAt, daysMax);
  if (!isTooLong) return undefined;
  const rules = ['max_secret_lifetime_days'] as const;
  return {
    rules,
    code: 'too_large',
    detail: word(`must be at most ${daysMax} days from the making of the secret`, policy, rules),
  };
}

function latestEnd(startsAt: Date, days: number): number {
  return startsAt.getTime() + days * DAY_MS + LIFETIME_SLACK_SECONDS * 1_000;
}

/** What a policy has against the list of addresses of a client. */
export function explainAllowedIps(
  policy: CredentialPolicy,
  environment: Environment,
  allowedIps: readonly string[],
): PolicyFault | undefined {
  if (allowedIps.length > 0 || !policy.allowedIpsRequiredFor.includes(environment)) return undefined;
  const rules = ['allowed_ips_required_for'] as const;
  return { rules, code: 'required', detail: word('is required', policy, rules) };
}

/** What a policy has against an overlap of secrets. */
export function explainOverlap(policy: CredentialPolicy, overlapSeconds: number): PolicyFault | undefined {
  const { maxOverlapSeconds: secondsMax } = policy;
  if (secondsMax === null || overlapSeconds <= secondsMax) return undefined;
  const rules = ['max_overlap_seconds'] as const;
  return { rules, code: 'too_large', detail: word(`must be at most ${secondsMax}`, policy, rules) };
}

/** The same where the end of one is named, so many seconds from now. */
export function explainOverlapEnd(policy: CredentialPolicy, seconds: number): PolicyFault | undefined {
  const { maxOverlapSeconds: secondsMax } = policy;
  if (secondsMax === null || seconds <= secondsMax) return undefined;
  const rules = ['max_overlap_seconds'] as const;
  return { rules, code: 'too_large', detail: word(`must be within ${secondsMax} seconds`, policy, rules) };
}

/** @throws AppError `policy_violation` when there is any */
export function refuseFaults(faults: readonly [pointer: string, fault: PolicyFault | undefined][]): void {
  const errors: InputError[] = faults.flatMap(([pointer, fault]) =>
    fault === undefined ? [] : [{ pointer, code: fault.code, detail: fault.detail }],
  );
  if (errors.length > 0) throw new AppError('policy_violation', { errors });
}

/** The value of a rule, as the API shows it. */
export function valueOf(policy: CredentialPolicy, rule: PolicyRule): number | string[] | null {
  switch (rule) {
    case 'max_secret_lifetime_days':
      return policy.maxSecretLifetimeDays;
    case 'expiry_required_for':
      return policy.expiryRequiredFor;
    case 'max_overlap_seconds':
      return policy.maxOverlapSeconds;
    case 'allowed_ips_required_for':
      return policy.allowedIpsRequiredFor;
  }
}

function word(demand: string, policy: CredentialPolicy, rules: readonly PolicyRule[]): string {
  return `${demand}: the credential policy demands ${rules.map((rule) => demandOf(policy, rule)).join(' and ')}`;
}

function demandOf(policy: CredentialPolicy, rule: PolicyRule): string {
  switch (rule) {
    case 'max_secret_lifetime_days':
      return `a lifetime of at most ${policy.maxSecretLifetimeDays} days`;
    case 'expiry_required_for':
      return `an end in ${policy.expiryRequiredFor.join(' and ')}`;
    case 'max_overlap_seconds':
      return `an overlap of at most ${policy.maxOverlapSeconds} seconds`;
    case 'allowed_ips_required_for':
      return `a list of addresses in ${policy.allowedIpsRequiredFor.join(' and ')}`;
  }
}
