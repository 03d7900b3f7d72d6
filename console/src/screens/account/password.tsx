import { useState } from 'react';
import { api, ask } from '../../api.ts';
import { atField } from '../../at-field.ts';
import { TextField } from '../../parts/field.tsx';
import { Form, FormProblems, SubmitButton } from '../../parts/form.tsx';
import { Section } from '../../parts/section.tsx';
import { say } from '../../parts/status.tsx';
import { useSubmission } from '../../parts/submission.ts';
import { queryClient } from '../../query-client.ts';
import { text } from '../../text/index.ts';

const words = text.account.password;

export function PasswordSection({ email }: { email: string }) {
  const [current, setCurrent] = useState('');
  const [next, setNext] = useState('');
  const submission = useSubmission({
    check: () => [
      ...(current === '' ? [{ field: 'current_password', detail: text.form.isMissing }] : []),
      ...(next === '' ? [{ field: 'password', detail: text.form.isMissing }] : []),
    ],
    send: () =>
      atField(
        ask(api.POST('/auth/v2/account/change-password/', { body: { current_password: current, password: next } })),
        {
          wrong_password: ['current_password', text.form.isWrong],
        },
      ),
    onDone: () => {
      setCurrent('');
      setNext('');
      say(words.done);
      void queryClient.invalidateQueries({ queryKey: ['account'] });
    },
  });
  return (
    <Section title={words.title} intro={words.intro}>
      <Form submission={submission}>
        <FormProblems />
        {/* For password managers: whose password it is. */}
        <input
          className="visually-hidden"
          type="email"
          autoComplete="username"
          value={email}
          readOnly
          tabIndex={-1}
          aria-hidden
        />
        <TextField
          name="current_password"
          label={words.current}
          type="password"
          autoComplete="current-password"
          value={current}
          onValue={setCurrent}
        />
        <TextField
          name="password"
          label={words.next}
          hint={text.entry.passwordHint}
          type="password"
          autoComplete="new-password"
          value={next}
          onValue={setNext}
        />
        <div className="form-actions">
          <SubmitButton busy={words.busy} kind="primary">
            {words.submit}
          </SubmitButton>
        </div>
      </Form>
    </Section>
  );
}
