import { useEffect, useRef, useState } from 'react';
import type { TotpSetup } from '../../../../client/schema.ts';
import { api, ask } from '../../api.ts';
import { atField } from '../../at-field.ts';
import { Button } from '../../parts/button.tsx';
import { CopyText } from '../../parts/copy.tsx';
import { TextField } from '../../parts/field.tsx';
import { Form, FormProblems, SubmitButton } from '../../parts/form.tsx';
import { Modal, ModalActions } from '../../parts/modal.tsx';
import { ProblemNotice } from '../../parts/notice.tsx';
import { Skeleton } from '../../parts/states.tsx';
import { say } from '../../parts/status.tsx';
import { useSubmission } from '../../parts/submission.ts';
import { qrCode } from '../../qr.ts';
import { queryClient } from '../../query-client.ts';
import { text } from '../../text/index.ts';
import { ACCOUNT } from './account-query.ts';
import { RecoveryCodesStep } from './recovery-codes.tsx';

const words = text.account.totp;

/** The key, a code of it, and the recovery codes that come with it. */
export function SetUpTotp({ onClose }: { onClose: () => void }) {
  const [setup, setSetup] = useState<TotpSetup | null>(null);
  const [codes, setCodes] = useState<string[] | null>(null);
  const begin = useSubmission({
    send: () => ask(api.POST('/auth/v2/account/2fa/totp/', { body: {} })),
    onDone: setSetup,
    onProblem: ({ code }) => {
      // Who does not give the password does not set it up.
      if (code === 'reauthentication_required') onClose();
      return code === 'reauthentication_required';
    },
  });
  const hasBegun = useRef(false);
  useEffect(() => {
    if (hasBegun.current) return;
    hasBegun.current = true;
    begin.submit();
  }, [begin]);
  if (codes !== null) {
    const done = () => {
      say(words.done);
      void queryClient.invalidateQueries({ queryKey: ACCOUNT });
      onClose();
    };
    return <RecoveryCodesStep codes={codes} onDone={done} />;
  }
  return (
    <Modal title={words.title} onClose={onClose} isDirty={setup !== null}>
      {begin.problem !== null && <ProblemNotice problem={begin.problem} />}
      {setup === null && begin.problem === null && <Skeleton rows={4} />}
      {setup !== null && <Confirmation setup={setup} onCodes={setCodes} onClose={onClose} />}
    </Modal>
  );
}

interface ConfirmationProps {
  setup: TotpSetup;
  onCodes: (codes: string[]) => void;
  onClose: () => void;
}

function Confirmation({ setup, onCodes, onClose }: ConfirmationProps) {
  const [code, setCode] = useState('');
  const submission = useSubmission({
    check: () => (code.trim() === '' ? [{ field: 'code', detail: text.form.isMissing }] : []),
    send: () => {
      const body = { code: code.replaceAll(' ', '') };
      return atField(ask(api.POST('/auth/v2/account/2fa/totp/confirm/', { body })), {
        invalid_code: ['code', words.wrong],
      });
    },
    onDone: ({ recovery_codes: codes }) => {
      onCodes(codes);
    },
  });
  return (
    <Form submission={submission}>
      <FormProblems />
      <p>{words.scan}</p>
      <div className="totp">
        <QrCode value={setup.otpauth_url} />
        <div className="totp-key">
          <span className="hint">{words.key}</span>
          <CopyText value={setup.secret} label={words.key} />
        </div>
      </div>
      <TextField
        name="code"
        label={words.code}
        hint={words.codeHint}
        inputMode="numeric"
        autoComplete="one-time-code"
        isCode
        autoFocus
        value={code}
        onValue={setCode}
      />
      <ModalActions>
        <SubmitButton busy={words.busy}>{words.submit}</SubmitButton>
        <Button onClick={onClose}>{text.cancel}</Button>
      </ModalActions>
    </Form>
  );
}

/** Dark on light in either theme, with the quiet zone that cameras need. */
function QrCode({ value }: { value: string }) {
  const modules = qrCode(value);
  const size = modules.length + 8;
  const path = modules
    .flatMap((row, y) => row.map((isDark, x) => (isDark ? `M${x + 4} ${y + 4}h1v1h-1z` : '')))
    .join('');
  return (
    <svg className="qr" viewBox={`0 0 ${size} ${size}`} role="img" aria-label={words.qr} shapeRendering="crispEdges">
      <rect width={size} height={size} />
      <path d={path} />
    </svg>
  );
}
