import { useState } from 'react';
import { api, ask } from './api.ts';
import { atField } from './at-field.ts';
import { passwordGate } from './gate.ts';
import { Button } from './parts/button.tsx';
import { TextField } from './parts/field.tsx';
import { Form, FormProblems, SubmitButton } from './parts/form.tsx';
import { Modal, ModalActions } from './parts/modal.tsx';
import { useSubmission } from './parts/submission.ts';
import { text } from './text/index.ts';

const words = text.session;

/** Asks for the password where it was given too long ago for something: whatever asked for it goes on then. */
export default function PasswordAgain() {
  const [password, setPassword] = useState('');
  const cancel = () => {
    passwordGate.close(false);
  };
  const submission = useSubmission({
    check: () => (password === '' ? [{ field: 'password', detail: text.form.isMissing }] : []),
    send: () =>
      atField(ask(api.POST('/auth/v2/account/reauthenticate/', { body: { password } })), {
        wrong_password: ['password', text.form.isWrong],
      }),
    onDone: () => {
      passwordGate.close(true);
    },
  });
  return (
    <Modal title={words.passwordTitle} onClose={cancel} isDirty={password !== ''}>
      <p>{words.passwordBody}</p>
      <Form submission={submission}>
        <FormProblems />
        <TextField
          name="password"
          label={words.password}
          type="password"
          autoComplete="current-password"
          autoFocus
          value={password}
          onValue={setPassword}
        />
        <ModalActions>
          <SubmitButton busy={words.passwordBusy}>{words.passwordSubmit}</SubmitButton>
          <Button onClick={cancel}>{text.cancel}</Button>
        </ModalActions>
      </Form>
    </Modal>
  );
}
