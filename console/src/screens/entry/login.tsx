import { useEffect } from 'react';
import { Link, Redirect, useSearchParams } from 'wouter';
import { useDeployment } from '../../deployment.ts';
import { listenToTabs } from '../../other-tabs.ts';
import { ownPath, paths, withQuery } from '../../paths.ts';
import { beginSession, refreshSession, useSessionQuery } from '../../session.tsx';
import { text } from '../../text/index.ts';
import { EntryPage } from './entry-page.tsx';
import { LoginForm } from './login-form.tsx';

const words = text.entry.login;

export function Login() {
  const [params] = useSearchParams();
  const { data: session } = useSessionQuery();
  const { trusted_issuer: issuer } = useDeployment();
  const next = params.get('next');
  useEffect(() => listenToTabs(() => void refreshSession()), []);
  if (session?.user) return <Redirect to={ownPath(next)} replace />;
  return (
    <EntryPage
      title={words.title}
      footer={
        issuer === null ? (
          <p>
            {words.noAccount} <Link to={withQuery(paths.register, { next })}>{words.register}</Link>
          </p>
        ) : undefined
      }
    >
      <LoginForm onLogin={beginSession} email={params.get('email') ?? ''}>
        <Link className="entry-aside" to={withQuery(paths.forgot, { next })}>
          {words.forgot}
        </Link>
      </LoginForm>
    </EntryPage>
  );
}
