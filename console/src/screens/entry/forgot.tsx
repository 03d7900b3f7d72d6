import { useState } from 'react';
import { Link, useLocation, useSearchParams } from 'wouter';
import { api, ask } from '../../api.ts';
import { atField } from '../../at-field.ts';
import { TextField } from '../../parts/field.tsx';
import { Form, FormProblems, SubmitButton } from '../../parts/form.tsx';
import { say } from '../../parts/status.tsx';
import { useSubmission } from '../../parts/submission.ts';
import { paths, withQuery } from '../../paths.ts';
import { text } from '../../text/index.ts';
import { EntryPage } from './entry-page.tsx';
import { OutboxNotice } from './outbox-notice.tsx';
import { CodeField } from './verify.tsx';

/** Asks for a code. */
export function Forgot() {
  const words = text.entry.forgot;
  const [, navigate] = useLocation();
  const [params] = useSearchParams();
  const [email, setEmail] = useState(params.get('email') ?? '');
  const submission = useSubmission({
    check: () => (email.trim() === '' ? [{ field: 'email', detail: text.form.isMissing }] : []),
    send: () => ask(api.POST('/auth/v2/programmatic/forgot-password/', { body: { email: email.trim() } })),
    onDone: () => {
      navigate(withQuery(paths.reset, { email: email.trim(), next: params.get('next') }));
    },
  });
  return (
    <EntryPage title={words.title} footer={<BackToLogin />}>
      <div className="stack">
        <p>{words.body}</p>
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
          <SubmitButton busy={words.busy}>{words.submit}</SubmitButton>
        </Form>
      </div>
    </EntryPage>
  );
}

/** The code, and the new password. */
export function Reset() {
  const words = text.entry.reset;
  const [, navigate] = useLocation();
  const [params] = useSearchParams();
  const known = params.get('email') ?? '';
  const [email, setEmail] = useState(known);
  const [code, setCode] = useState('');
  const [password, setPassword] = useState('');
  const body = { email: email.trim(), code: code.trim().toUpperCase(), password };
  const submission = useSubmission({
    check: () =>
      (['email', 'code', 'password'] as const)
        .filter((field) => body[field] === '')
        .map((field) => ({ field, detail: text.form.isMissing })),
    send: () =>
      atField(ask(api.POST('/auth/v2/programmatic/reset-password/', { body })), {
        invalid_code: ['code', text.entry.verify.wrong],
      }),
    onDone: () => {
      say(words.done);
      navigate(withQuery(paths.login, { email: body.email, next: params.get('next') }));
    },
  });
  return (
    <EntryPage title={words.title} footer={<BackToLogin />}>
      <div className="stack">
        {known !== '' && <p>{words.body(known)}</p>}
        <OutboxNotice />
        <Form submission={submission}>
          <FormProblems />
          {known === '' && (
            <TextField
              name="email"
              label={text.entry.email}
              type="email"
              autoComplete="username"
              value={email}
              onValue={setEmail}
            />
          )}
          <CodeField value={code} onValue={setCode} />
          <TextField
            name="password"
            label={text.entry.newPassword}
            hint={text.entry.passwordHint}
            type="password"
            autoComplete="new-password"
            value={password}
            onValue={setPassword}
          />
          <SubmitButton busy={words.busy}>{words.submit}</SubmitButton>
        </Form>
      </div>
    </EntryPage>
  );
}

function BackToLogin() {
  return <Link to={paths.login}>{text.entry.backToLogin}</Link>;
}
