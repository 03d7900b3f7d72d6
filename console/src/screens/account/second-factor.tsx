import { useSearchParams } from 'wouter';
import type { Account } from '../../../../client/schema.ts';
import { Badge } from '../../parts/badge.tsx';
import { ButtonLink } from '../../parts/button.tsx';
import { Section } from '../../parts/section.tsx';
import { paths, withQuery } from '../../paths.ts';
import { text } from '../../text/index.ts';
import { RenewCodes } from './recovery-codes.tsx';
import { RemoveTotp } from './totp-removal.tsx';
import { SetUpTotp } from './totp-setup.tsx';

const words = text.account.secondFactor;

/** A dialog of the account screen, which stands in the URL. */
export type AccountDialog = 'totp' | 'remove-totp' | 'codes' | 'passkey';

export function dialogPath(dialog: AccountDialog): string {
  return withQuery(paths.account, { dialog });
}

/** The authenticator app and the recovery codes. */
export function SecondFactor({ account }: { account: Account }) {
  const [params, setParams] = useSearchParams();
  const dialog = params.get('dialog');
  const close = () => {
    setParams({}, { replace: true });
  };
  const hasAny = account.has_authenticator || account.has_passkeys;
  return (
    <Section title={words.title} intro={words.intro}>
      <ul className="settings">
        <li>
          <div>
            <h3>{words.app}</h3>
            <p className="hint">
              {account.has_authenticator ? (
                <Badge tone="good" icon="check">
                  {words.appOn}
                </Badge>
              ) : (
                <Badge>{words.appOff}</Badge>
              )}
            </p>
          </div>
          <ButtonLink to={dialogPath(account.has_authenticator ? 'remove-totp' : 'totp')}>
            {account.has_authenticator ? words.remove : words.setUp}
          </ButtonLink>
        </li>
        <li>
          <div>
            <h3>{words.recovery}</h3>
            <p className="hint">{hasAny ? words.recoveryBody : words.recoveryNone}</p>
          </div>
          {hasAny && <ButtonLink to={dialogPath('codes')}>{words.renew}</ButtonLink>}
        </li>
      </ul>
      {dialog === 'totp' && <SetUpTotp onClose={close} />}
      {dialog === 'remove-totp' && <RemoveTotp onClose={close} />}
      {dialog === 'codes' && <RenewCodes hasAuthenticator={account.has_authenticator} onClose={close} />}
    </Section>
  );
}
