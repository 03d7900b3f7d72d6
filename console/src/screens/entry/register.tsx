import { useState } from 'react';
import { Link, useSearchParams } from 'wouter';
import { api, ask } from '../../api.ts';
import { TextField } from '../../parts/field.tsx';
import { Form, FormProblems, SubmitButton } from '../../parts/form.tsx';
import { useSubmission } from '../../parts/submission.ts';
import { paths, withQuery } from '../../paths.ts';
import { text } from '../../text/index.ts';
import { EntryPage } from './entry-page.tsx';
import { RequireHttps } from './require-https.tsx';
import { VerifyStep } from './verify.tsx';

const words = text.entry.register;

/** Email and password, and then, on the same screen, the code: with which one is in. */
export function Register() {
  const [params] = useSearchParams();
  const next = params.get('next');
  const [email, setEmail] = useState('');
  const [password, setPassword] = useState('');
  const [isSent, setSent] = useState(false);
  const submission = useSubmission({
    check: () => [
      ...(email.trim() === '' ? [{ field: 'email', detail: text.form.isMissing }] : []),
      ...(password === '' ? [{ field: 'password', detail: text.form.isMissing }] : []),
    ],
    send: () => ask(api.POST('/auth/v2/programmatic/register/', { body: { email: email.trim(), password } })),
    onDone: () => {
      setSent(true);
    },
  });
  if (isSent) {
    const back = () => {
      setSent(false);
    };
    return <VerifyStep email={email.trim()} next={next} onOtherEmail={back} />;
  }
  return (
    <EntryPage
      title={words.title}
      footer={
        <p>
          {words.hasAccount} <Link to={withQuery(paths.login, { next })}>{words.login}</Link>
        </p>
      }
    >
      <RequireHttps>
        <Form submission={submission}>
          <FormProblems />
          <TextField
            name="email"
            label={text.entry.email}
            type="email"
            autoComplete="username"
            autoFocus
            value={email}
            onValue={setEmail}
          />
          <TextField
            name="password"
            label={text.entry.password}
            hint={text.entry.passwordHint}
            type="password"
            autoComplete="new-password"
            value={password}
            onValue={setPassword}
          />
          <SubmitButton busy={words.busy}>{words.submit}</SubmitButton>
        </Form>
      </RequireHttps>
    </EntryPage>
  );
}
