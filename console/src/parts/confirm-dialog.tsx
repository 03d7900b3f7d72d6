import type { ReactNode } from 'react';
import { useState } from 'react';
import { text } from '../text/index.ts';
import type { Environment } from './badge.tsx';
import { Button } from './button.tsx';
import { TextField } from './field.tsx';
import { Form, FormProblems, SubmitButton } from './form.tsx';
import { Modal, ModalActions } from './modal.tsx';
import { useSubmission } from './submission.ts';

interface ConfirmDialogProps {
  /** The question, with the name: “Delete Portal?” */
  title: string;
  /** What happens, to what, when, and whether it can be undone. */
  children: ReactNode;
  /** Verb and object. */
  confirm: string;
  /** “Deleting…” */
  busy: string;
  /** The way out: “Keep it”. */
  keep: string;
  /** To be typed before it is done. */
  name?: string;
  environment?: Environment;
  /** @throws Problem */
  send: (typed: string) => Promise<unknown>;
  onDone: () => void;
  onClose: () => void;
}

/** Asks before something is taken away. The focus is on the way out. */
export function ConfirmDialog(props: ConfirmDialogProps) {
  const { title, children, confirm, busy, keep, name, environment, send, onDone, onClose } = props;
  const [typed, setTyped] = useState('');
  const submission = useSubmission({
    check: () => (name === undefined || typed === name ? [] : [{ field: 'confirm', detail: text.confirmName.isOther }]),
    send: () => send(typed),
    onDone,
  });
  return (
    <Modal title={title} {...(environment && { environment })} isDirty={typed !== ''} onClose={onClose}>
      <Form submission={submission}>
        <FormProblems />
        <div className="stack">{children}</div>
        {name !== undefined && (
          <TextField
            name="confirm"
            label={text.confirmName.label(name)}
            autoComplete="off"
            spellCheck={false}
            value={typed}
            onValue={setTyped}
          />
        )}
        <ModalActions>
          <SubmitButton kind="danger" busy={busy}>
            {confirm}
          </SubmitButton>
          <Button autoFocus onClick={onClose}>
            {keep}
          </Button>
        </ModalActions>
      </Form>
    </Modal>
  );
}
