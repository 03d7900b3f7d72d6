import type { CredentialPolicyPut, CredentialPolicyRecord, PolicyViolation } from './credential-policy-schemas.ts';
import type { ViolatingClient, ViolatingMember } from './credential-policy-repository.ts';
import { explainAllowedIps, explainLife, explainOverlapEnd, valueOf } from './policy-rules.ts';
import type { CredentialPolicy, PolicyFault } from './policy-rules.ts';

/** A policy as callers see it. */
export function toPolicyRecord(policy: CredentialPolicy): CredentialPolicyRecord {
  return {
    max_secret_lifetime_days: policy.maxSecretLifetimeDays,
    expiry_required_for: policy.expiryRequiredFor,
    max_overlap_seconds: policy.maxOverlapSeconds,
    allowed_ips_required_for: policy.allowedIpsRequiredFor,
    second_factor_required: policy.isSecondFactorRequired,
    unused_pause_days: policy.unusedPauseDays,
  };
}

/** What is not named demands nothing. */
export function toPolicy(input: CredentialPolicyPut): CredentialPolicy {
  return {
    maxSecretLifetimeDays: input.max_secret_lifetime_days ?? null,
    expiryRequiredFor: input.expiry_required_for ?? [],
    maxOverlapSeconds: input.max_overlap_seconds ?? null,
    allowedIpsRequiredFor: input.allowed_ips_required_for ?? [],
    isSecondFactorRequired: input.second_factor_required ?? false,
    unusedPauseDays: input.unused_pause_days ?? null,
  };
}

/** What a client or a member breaks, rule by rule. */
export function toViolationRecord(policy: CredentialPolicy, one: ViolatingClient | ViolatingMember): PolicyViolation {
  return 'email' in one ? ofMember(policy, one) : ofClient(policy, one);
}

function ofMember(policy: CredentialPolicy, { id, email }: ViolatingMember): PolicyViolation {
  const rule = 'second_factor_required';
  const detail = 'a second factor is required: the credential policy demands one';
  return {
    ...{ client_id: null, name: null, environment: null, status: null },
    member: { uuid: id, email },
    violations: [{ rule, value: policy.isSecondFactorRequired, secret_id: null, detail }],
  };
}

function ofClient(policy: CredentialPolicy, client: ViolatingClient): PolicyViolation {
  const name = (fault: PolicyFault | undefined, subject: { secret_id: string | null; field: string }) =>
    (fault?.rules ?? []).map((rule) => ({
      rule,
      value: valueOf(policy, rule) as number | ('live' | 'staging')[],
      secret_id: subject.secret_id,
      detail: `${subject.field} ${fault?.detail ?? ''}`,
    }));
  const ofSecrets = client.secrets.flatMap(({ id, startsAt, endsAt, overlapSeconds }) => {
    const life = { startsAt: new Date(startsAt), endsAt: endsAt === null ? null : new Date(endsAt) };
    const faults = [explainLife(policy, client.environment, life), explainOverlapEnd(policy, overlapSeconds ?? 0)];
    return faults.flatMap((fault) => name(fault, { secret_id: id, field: 'the end of the secret' }));
  });
  const ofAddresses = name(explainAllowedIps(policy, client.environment, client.allowedIps), {
    secret_id: null,
    field: 'the list of addresses',
  });
  return {
    client_id: client.clientId,
    name: client.name,
    environment: client.environment,
    status: client.status,
    member: null,
    violations: [...ofSecrets, ...ofAddresses],
  };
}
