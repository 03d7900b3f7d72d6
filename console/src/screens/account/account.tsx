import { useQuery } from '@tanstack/react-query';
import { api, ask } from '../../api.ts';
import { CopyText } from '../../parts/copy.tsx';
import { Facts } from '../../parts/facts.tsx';
import { Page } from '../../parts/page.tsx';
import { Section } from '../../parts/section.tsx';
import { Loaded } from '../../parts/states.tsx';
import { Time } from '../../parts/time.tsx';
import { text } from '../../text/index.ts';
import { ACCOUNT } from './account-query.ts';
import { Display } from './display.tsx';
import { Passkeys } from './passkeys.tsx';
import { PasswordSection } from './password.tsx';
import { SecondFactor } from './second-factor.tsx';
import { Sessions } from './sessions.tsx';

const words = text.account;

/** Everything of the person: how they log in, where they are logged in, and how this browser shows things. */
export function Account() {
  const query = useQuery({ queryKey: ACCOUNT, queryFn: () => ask(api.GET('/auth/v2/account/')) });
  return (
    <Page title={words.title}>
      <Loaded query={query}>
        {(account) => (
          <>
            <Section title={words.profile}>
              <Facts
                facts={[
                  { label: words.email, value: account.email },
                  { label: words.created, value: <Time at={account.created_at} /> },
                  { label: words.id, value: <CopyText value={account.uuid} label={words.id} /> },
                ]}
              />
            </Section>
            <PasswordSection email={account.email} />
            <SecondFactor account={account} />
            <Passkeys />
          </>
        )}
      </Loaded>
      <Sessions />
      <Display />
    </Page>
  );
}
