import { useState } from 'react';
import { api, ask } from '../../api.ts';
import { atField } from '../../at-field.ts';
import { Button } from '../../parts/button.tsx';
import { TextField } from '../../parts/field.tsx';
import { Form, FormProblems, SubmitButton } from '../../parts/form.tsx';
import { Modal, ModalActions } from '../../parts/modal.tsx';
import { say } from '../../parts/status.tsx';
import { useSubmission } from '../../parts/submission.ts';
import { queryClient } from '../../query-client.ts';
import { text } from '../../text/index.ts';
import { ACCOUNT } from './account-query.ts';

const words = text.account.totp;

export function RemoveTotp({ onClose }: { onClose: () => void }) {
  const [password, setPassword] = useState('');
  const [code, setCode] = useState('');
  const submission = useSubmission({
    check: () => [
      ...(password === '' ? [{ field: 'password', detail: text.form.isMissing }] : []),
      ...(code.trim() === '' ? [{ field: 'code', detail: text.form.isMissing }] : []),
    ],
    send: () =>
      atField(ask(api.DELETE('/auth/v2/account/2fa/totp/', { body: { password, code: code.trim() } })), {
        wrong_password: ['password', text.form.isWrong],
        invalid_code: ['code', words.codeWrong],
      }),
    onDone: () => {
      say(words.removed);
      void queryClient.invalidateQueries({ queryKey: ACCOUNT });
      onClose();
    },
  });
  return (
    <Modal title={words.removeTitle} onClose={onClose} isDirty={password !== '' || code !== ''}>
      <p>{words.removeBody}</p>
      <Form submission={submission}>
        <FormProblems />
        <TextField
          name="password"
          label={words.removePassword}
          type="password"
          autoComplete="current-password"
          autoFocus
          value={password}
          onValue={setPassword}
        />
        <TextField
          name="code"
          label={words.removeCode}
          autoComplete="one-time-code"
          isCode
          value={code}
          onValue={setCode}
        />
        <ModalActions>
          <SubmitButton kind="danger" busy={words.removeBusy}>
            {text.account.secondFactor.remove}
          </SubmitButton>
          <Button onClick={onClose}>{words.keep}</Button>
        </ModalActions>
      </Form>
    </Modal>
  );
}
