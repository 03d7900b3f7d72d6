import type { ReactNode } from 'react';
import { useState } from 'react';
import type { ConsoleSession, SecondFactorAsked } from '../../../../client/schema.ts';
import { api, ask } from '../../api.ts';
import { useDeployment } from '../../deployment.ts';
import { TextField } from '../../parts/field.tsx';
import { Form, FormProblems, SubmitButton } from '../../parts/form.tsx';
import { Notice } from '../../parts/notice.tsx';
import { useSubmission } from '../../parts/submission.ts';
import { text } from '../../text/index.ts';
import { RequireHttps } from './require-https.tsx';
import { SecondFactorForm } from './second-factor-form.tsx';

const words = text.entry.login;

interface LoginFormProps {
  onLogin: (session: ConsoleSession) => void;
  /** Whose login it is, as far as that is known. */
  email?: string;
  /** Below the password. */
  children?: ReactNode;
}

/** Email and password, and the second factor of who has one. */
export function LoginForm(props: LoginFormProps) {
  return (
    <RequireHttps>
      <LoginSteps {...props} />
    </RequireHttps>
  );
}

function LoginSteps({ onLogin, email: known = '', children }: LoginFormProps) {
  const [asked, setAsked] = useState<SecondFactorAsked | null>(null);
  const { trusted_issuer: issuer } = useDeployment();
  if (issuer !== null) {
    return (
      <Notice title={text.entry.elsewhere.title}>
        <p>{text.entry.elsewhere.body(issuer)}</p>
      </Notice>
    );
  }
  if (asked === null) {
    return (
      <div className="stack">
        <PasswordForm known={known} onAsked={setAsked} onLogin={onLogin} />
        {children}
      </div>
    );
  }
  const restart = () => {
    setAsked(null);
  };
  return <SecondFactorForm asked={asked} onLogin={onLogin} onRestart={restart} />;
}

interface PasswordFormProps {
  known: string;
  onAsked: (asked: SecondFactorAsked) => void;
  onLogin: (session: ConsoleSession) => void;
}

function PasswordForm({ known, onAsked, onLogin }: PasswordFormProps) {
  const [email, setEmail] = useState(known);
  const [password, setPassword] = useState('');
  const submission = useSubmission({
    check: () => [
      ...(email.trim() === '' ? [{ field: 'email', detail: text.form.isMissing }] : []),
      ...(password === '' ? [{ field: 'password', detail: text.form.isMissing }] : []),
    ],
    send: () => ask(api.POST('/auth/v2/console/session/', { body: { email: email.trim(), password } })),
    onDone: (answer) => {
      if ('user' in answer) onLogin(answer);
      else onAsked(answer);
    },
  });
  return (
    <Form submission={submission}>
      <FormProblems />
      <TextField
        name="email"
        label={text.entry.email}
        type="email"
        autoComplete="username"
        autoFocus={known === ''}
        value={email}
        onValue={setEmail}
      />
      <TextField
        name="password"
        label={text.entry.password}
        type="password"
        autoComplete="current-password"
        autoFocus={known !== ''}
        value={password}
        onValue={setPassword}
      />
      <SubmitButton busy={words.busy}>{words.submit}</SubmitButton>
    </Form>
  );
}
