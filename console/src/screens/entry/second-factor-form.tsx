import { useState } from 'react';
import type { ConsoleSession, FinishedLogin, SecondFactorAsked } from '../../../../client/schema.ts';
import { api, ask } from '../../api.ts';
import { atField } from '../../at-field.ts';
import { Button } from '../../parts/button.tsx';
import { TextField } from '../../parts/field.tsx';
import { Form, FormProblems, SubmitButton } from '../../parts/form.tsx';
import { ProblemNotice } from '../../parts/notice.tsx';
import { useSubmission } from '../../parts/submission.ts';
import { text } from '../../text/index.ts';
import { canUsePasskeys, getPasskey } from '../../webauthn.ts';

const words = text.entry.secondFactor;

interface SecondFactorFormProps {
  asked: SecondFactorAsked;
  onLogin: (session: ConsoleSession) => void;
  onRestart: () => void;
}

/** What else a login takes: a passkey, a code of the app, or a recovery code. */
export function SecondFactorForm({ asked, onLogin, onRestart }: SecondFactorFormProps) {
  const hasPasskeys = asked.has_passkeys && canUsePasskeys();
  const [isCodeShown, showCode] = useState(asked.has_authenticator || !hasPasskeys);
  const finish = (answer: FinishedLogin) => {
    if ('user' in answer) onLogin(answer);
  };
  return (
    <div className="stack second-factor">
      <h2>{words.title}</h2>
      {hasPasskeys && <PasskeyStep tempToken={asked.temp_token} isOnly={!isCodeShown} onDone={finish} />}
      {isCodeShown ? (
        <CodeStep asked={asked} isSecond={hasPasskeys} onDone={finish} />
      ) : (
        <Button
          kind="quiet"
          onClick={() => {
            showCode(true);
          }}
        >
          {words.useRecovery}
        </Button>
      )}
      <Button kind="quiet" onClick={onRestart}>
        {words.startAgain}
      </Button>
    </div>
  );
}

interface PasskeyStepProps {
  tempToken: string;
  isOnly: boolean;
  onDone: (answer: FinishedLogin) => void;
}

function PasskeyStep({ tempToken, isOnly, onDone }: PasskeyStepProps) {
  const { isBusy, problem, submit } = useSubmission({
    send: async () => {
      const options = await ask(api.POST('/auth/v2/2fa/passkey/options/', { body: { temp_token: tempToken } }));
      const credential = await getPasskey(options);
      return ask(api.POST('/auth/v2/2fa/passkey/verify/', { body: { temp_token: tempToken, credential } }));
    },
    onDone,
  });
  return (
    <>
      {isOnly && <p>{words.passkeyOnly}</p>}
      {problem !== null && <ProblemNotice problem={problem} />}
      <Button
        kind={isOnly ? 'primary' : 'secondary'}
        icon="key"
        autoFocus
        busy={isBusy && words.passkeyBusy}
        onClick={submit}
      >
        {words.usePasskey}
      </Button>
    </>
  );
}

interface CodeStepProps {
  asked: SecondFactorAsked;
  /** Another way stands above it. */
  isSecond: boolean;
  onDone: (answer: FinishedLogin) => void;
}

function CodeStep({ asked, isSecond, onDone }: CodeStepProps) {
  const [code, setCode] = useState('');
  const submission = useSubmission({
    check: () => (code.trim() === '' ? [{ field: 'otp_token', detail: text.form.isMissing }] : []),
    send: () =>
      atField(
        ask(api.POST('/auth/v2/2fa/verify/', { body: { temp_token: asked.temp_token, otp_token: code.trim() } })),
        {
          invalid_second_factor: ['otp_token', words.wrong],
        },
      ),
    onDone,
  });
  return (
    <Form submission={submission}>
      <FormProblems />
      <TextField
        name="otp_token"
        label={asked.has_authenticator ? words.code : words.recoveryCode}
        hint={asked.has_authenticator ? words.codeHint : words.recoveryHint}
        autoComplete="one-time-code"
        inputMode={asked.has_authenticator ? 'numeric' : 'text'}
        isCode
        autoFocus={!isSecond}
        value={code}
        onValue={setCode}
      />
      <SubmitButton busy={words.busy}>{words.submit}</SubmitButton>
    </Form>
  );
}
