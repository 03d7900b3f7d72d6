import { useQuery } from '@tanstack/react-query';
import type { CredentialPolicy } from '../../../../client/schema.ts';
import { countText, listText } from '../../count.ts';
import { Facts } from '../../parts/facts.tsx';
import { Page } from '../../parts/page.tsx';
import { Section } from '../../parts/section.tsx';
import { Loaded } from '../../parts/states.tsx';
import { useOrganization } from '../../session.tsx';
import { text } from '../../text/index.ts';
import { PolicyForm } from './policy-form.tsx';
import { PolicyViolations } from './policy-violations.tsx';
import { overlapText } from './policy-values.ts';
import { readPolicy } from './queries.ts';

const words = text.policy;

/** What the organization demands of its credentials, and what does not keep it yet. */
export function Policy() {
  const { uuid: org, may } = useOrganization();
  const query = useQuery(readPolicy(org));
  return (
    <Page title={words.title} intro={words.intro}>
      <Loaded query={query}>
        {(versioned) =>
          may('changePolicy') ? (
            <Section title={words.demands}>
              <PolicyForm versioned={versioned} />
            </Section>
          ) : (
            <Section title={words.demands} intro={words.ownersOnly}>
              <Facts facts={factsOf(versioned.data)} />
            </Section>
          )
        }
      </Loaded>
      <PolicyViolations />
    </Page>
  );
}

function factsOf(policy: CredentialPolicy) {
  const { fields } = words;
  const days = (count: number | null) => (count === null ? words.noDemand : countText(count, words.days));
  const environments = (list: CredentialPolicy['expiry_required_for']) =>
    list.length === 0 ? words.noDemand : listText(list.map((name) => text.environments[name]));
  return [
    { label: fields.max_secret_lifetime_days, value: days(policy.max_secret_lifetime_days) },
    { label: fields.expiry_required_for, value: environments(policy.expiry_required_for) },
    { label: fields.max_overlap_seconds, value: overlapText(policy.max_overlap_seconds) },
    { label: fields.allowed_ips_required_for, value: environments(policy.allowed_ips_required_for) },
    {
      label: fields.second_factor_required,
      value: policy.second_factor_required ? words.everyMember : words.noDemand,
    },
    { label: fields.unused_pause_days, value: days(policy.unused_pause_days) },
  ];
}
