import { useLocation, useSearchParams } from 'wouter';
import { ownPath } from '../../paths.ts';
import { beginSession } from '../../session.tsx';
import { text } from '../../text/index.ts';
import { EntryPage } from './entry-page.tsx';
import { LoginForm } from './login-form.tsx';

export function Login() {
  const [, navigate] = useLocation();
  const [params] = useSearchParams();
  return (
    <EntryPage title={text.entry.login.title}>
      <LoginForm
        onLogin={(session) => {
          beginSession(session);
          navigate(ownPath(params.get('next')), { replace: true });
        }}
      />
    </EntryPage>
  );
}
