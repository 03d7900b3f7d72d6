import { useEffect, useRef, useState } from 'react';
import { useLocation, useSearchParams } from 'wouter';
import type { ConsoleSession, FirstAccess } from '../../../../client/schema.ts';
import { api, ask } from '../../api.ts';
import { atField } from '../../at-field.ts';
import { Button } from '../../parts/button.tsx';
import { TextField } from '../../parts/field.tsx';
import { Form, FormProblems, SubmitButton } from '../../parts/form.tsx';
import { ProblemNotice } from '../../parts/notice.tsx';
import { SecretStep } from '../../parts/secret-step.tsx';
import { say } from '../../parts/status.tsx';
import { useSubmission } from '../../parts/submission.ts';
import { ownPath, paths, withQuery } from '../../paths.ts';
import { announceSession, beginSession } from '../../session.tsx';
import { text } from '../../text/index.ts';
import { EntryPage } from './entry-page.tsx';
import { OutboxNotice } from './outbox-notice.tsx';
import { RequireHttps } from './require-https.tsx';

const words = text.entry.verify;
const CODE_LENGTH = 6;

/** For somebody who comes back for the code. */
export function Verify() {
  const [params] = useSearchParams();
  const [, navigate] = useLocation();
  const back = () => {
    navigate(paths.register);
  };
  return <VerifyStep email={params.get('email') ?? ''} next={params.get('next')} onOtherEmail={back} />;
}

interface VerifyStepProps {
  /** Empty where it is to be asked for. */
  email: string;
  next: string | null;
  onOtherEmail: () => void;
}

/** What was made, and the session that was opened with it, where it can be read. */
interface Ready {
  access: FirstAccess;
  session: ConsoleSession | null;
}

export function VerifyStep({ email: known, next, onOtherEmail }: VerifyStepProps) {
  const [, navigate] = useLocation();
  const [email, setEmail] = useState(known);
  const [code, setCode] = useState('');
  const [ready, setReady] = useState<Ready | null>(null);
  const tried = useRef('');
  const submission = useSubmission({
    check: () => [
      ...(email.trim() === '' ? [{ field: 'email', detail: text.form.isMissing }] : []),
      ...(code.trim() === '' ? [{ field: 'code', detail: text.form.isMissing }] : []),
    ],
    send: () => confirm(email.trim(), code.trim().toUpperCase()),
    onDone: setReady,
  });
  const { submit } = submission;
  useEffect(() => {
    // A whole code has nothing more to be asked; one that was wrong is sent again by hand alone.
    if (code.trim().length !== CODE_LENGTH || email.trim() === '' || tried.current !== '') return;
    tried.current = code;
    submit();
  }, [code, email, submit]);
  if (ready !== null) {
    const go = () => {
      const isIn = Boolean(ready.session?.user);
      if (ready.session !== null) beginSession(ready.session);
      // To what the API key is for: how it is used, and regenerated.
      const { organization, application } = ready.access;
      const first = next === null ? paths.client(organization.uuid, application.client_id) : ownPath(next);
      navigate(isIn ? first : withQuery(paths.login, { email: email.trim(), next }), { replace: true });
    };
    return <Welcome access={ready.access} onDone={go} />;
  }
  return (
    <EntryPage title={words.title}>
      <div className="stack">
        {known !== '' && <p>{words.sent(known)}</p>}
        <OutboxNotice />
        <RequireHttps>
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
            <SubmitButton busy={words.busy}>{words.submit}</SubmitButton>
          </Form>
        </RequireHttps>
        <Resend email={email.trim()} />
        <Button kind="quiet" onClick={onOtherEmail}>
          {words.otherEmail}
        </Button>
      </div>
    </EntryPage>
  );
}

/** The code of a mail. */
export function CodeField({ value, onValue }: { value: string; onValue: (value: string) => void }) {
  return (
    <TextField
      name="code"
      label={text.entry.code}
      hint={text.entry.codeHint}
      autoComplete="one-time-code"
      autoCapitalize="characters"
      spellCheck={false}
      maxLength={12}
      isCode
      autoFocus
      value={value}
      onValue={onValue}
    />
  );
}

/** Asks for another code; the service bounds how often. */
function Resend({ email }: { email: string }) {
  const { isBusy, problem, submit } = useSubmission({
    send: () => ask(api.POST('/auth/v2/programmatic/resend-otp/', { body: { email } })),
    onDone: () => {
      say(words.againDone);
    },
  });
  return (
    <>
      {problem !== null && <ProblemNotice problem={problem} />}
      <Button busy={isBusy && words.againBusy} onClick={submit}>
        {words.again}
      </Button>
    </>
  );
}

/** The code logs in as well: the answer brings the cookie, and no token. */
async function confirm(email: string, code: string): Promise<Ready> {
  const access = await atField(ask(api.POST('/auth/v2/programmatic/verify-email/', { body: { email, code } })), {
    invalid_code: ['code', words.wrong],
  });
  return { access, session: await announceSession() };
}

function Welcome({ access, onDone }: { access: Ready['access']; onDone: () => void }) {
  const { organization, application } = access;
  const made = {
    secret: application.api_key,
    clientId: application.client_id,
    name: application.name,
    environment: 'live' as const,
  };
  return (
    <EntryPage title={text.entry.welcome.title} isWide>
      <div className="stack">
        <p>{text.entry.welcome.body(organization.name)}</p>
        <SecretStep made={made} onDone={onDone} />
      </div>
    </EntryPage>
  );
}
