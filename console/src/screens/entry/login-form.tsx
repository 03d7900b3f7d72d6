import { useState } from 'react';
import type { ConsoleSession } from '../../../../client/schema.ts';
import { api, ask } from '../../api.ts';
import { TextField } from '../../parts/field.tsx';
import { Form, FormProblems, SubmitButton } from '../../parts/form.tsx';
import { useSubmission } from '../../parts/submission.ts';
import { text } from '../../text/index.ts';

const words = text.entry.login;

/** Email and password. */
export function LoginForm({ onLogin }: { onLogin: (session: ConsoleSession) => void }) {
  const [email, setEmail] = useState('');
  const [password, setPassword] = useState('');
  const submission = useSubmission({
    check: () => [
      ...(email.trim() === '' ? [{ field: 'email', detail: text.form.isMissing }] : []),
      ...(password === '' ? [{ field: 'password', detail: text.form.isMissing }] : []),
    ],
    send: () => ask(api.POST('/auth/v2/console/session/', { body: { email: email.trim(), password } })),
    onDone: (answer) => {
      if ('user' in answer) onLogin(answer);
    },
  });
  return (
    <Form submission={submission}>
      <FormProblems />
      <TextField
        name="email"
        label={words.email}
        type="email"
        autoComplete="username"
        autoFocus
        value={email}
        onValue={setEmail}
      />
      <TextField
        name="password"
        label={words.password}
        type="password"
        autoComplete="current-password"
        value={password}
        onValue={setPassword}
      />
      <SubmitButton busy={words.busy}>{words.submit}</SubmitButton>
    </Form>
  );
}
