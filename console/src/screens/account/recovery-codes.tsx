import { useRef, useState } from 'react';
import { api, ask } from '../../api.ts';
import { atField } from '../../at-field.ts';
import { useLeaveGuard } from '../../leaving.ts';
import { Button } from '../../parts/button.tsx';
import { useCopy } from '../../parts/copy.tsx';
import { TextField } from '../../parts/field.tsx';
import { Form, FormProblems, SubmitButton } from '../../parts/form.tsx';
import { Modal, ModalActions } from '../../parts/modal.tsx';
import { DoneOnceSaved } from '../../parts/saved.tsx';
import { useSubmission } from '../../parts/submission.ts';
import { text } from '../../text/index.ts';

const words = text.account.codes;

/** The codes, to be kept and confirmed: nothing but **Done** leads out. They live here alone. */
export function RecoveryCodesStep({ codes, onDone }: { codes: string[]; onDone: () => void }) {
  const field = useRef<HTMLTextAreaElement>(null);
  const { outcome, copy } = useCopy(field);
  useLeaveGuard(words.leaving);
  const all = codes.join('\n');
  return (
    <Modal title={words.title} isLocked onClose={() => undefined}>
      <p>{words.body}</p>
      <textarea
        ref={field}
        className="input code recovery-codes"
        aria-label={words.label}
        readOnly
        autoFocus
        rows={codes.length}
        value={all}
        autoComplete="off"
        spellCheck={false}
        data-1p-ignore="true"
        data-lpignore="true"
        data-bwignore="true"
        onFocus={(event) => {
          event.target.select();
        }}
      />
      <div className="row">
        <Button kind="primary" icon={outcome === 'copied' ? 'check' : 'copy'} onClick={() => void copy(all)}>
          {outcome === 'copied' ? text.copied : outcome === 'failed' ? text.pressCtrlC : words.copy}
        </Button>
      </div>
      <DoneOnceSaved words={words} onDone={onDone} />
    </Modal>
  );
}

/** New codes for old ones. */
export function RenewCodes({ hasAuthenticator, onClose }: { hasAuthenticator: boolean; onClose: () => void }) {
  const [code, setCode] = useState('');
  const [codes, setCodes] = useState<string[] | null>(null);
  const submission = useSubmission({
    check: () => (hasAuthenticator && code.trim() === '' ? [{ field: 'code', detail: text.form.isMissing }] : []),
    send: () => {
      const body = hasAuthenticator ? { code: code.trim() } : {};
      return atField(ask(api.POST('/auth/v2/account/2fa/recovery-codes/', { body })), {
        invalid_code: ['code', text.account.totp.codeWrong],
      });
    },
    onDone: ({ recovery_codes: made }) => {
      setCodes(made);
    },
  });
  if (codes !== null) return <RecoveryCodesStep codes={codes} onDone={onClose} />;
  return (
    <Modal title={words.renewTitle} onClose={onClose} isDirty={code !== ''}>
      <p>{words.renewBody}</p>
      <Form submission={submission}>
        <FormProblems />
        {hasAuthenticator && (
          <TextField
            name="code"
            label={words.renewCode}
            autoComplete="one-time-code"
            isCode
            autoFocus
            value={code}
            onValue={setCode}
          />
        )}
        <ModalActions>
          <SubmitButton busy={words.renewBusy}>{words.renewSubmit}</SubmitButton>
          <Button onClick={onClose}>{words.keep}</Button>
        </ModalActions>
      </Form>
    </Modal>
  );
}
