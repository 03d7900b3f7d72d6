import { useState } from 'react';
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
import { beginSession } from '../../session.tsx';
import { text } from '../../text/index.ts';
import { EntryPage } from './entry-page.tsx';
import { OutboxNotice } from './outbox-notice.tsx';

const words = text.entry.verify;

/** For somebody who comes back for the code: the password is asked for at the login then. */
export function Verify() {
  const [params] = useSearchParams();
  const [, navigate] = useLocation();
  const back = () => {
    navigate(paths.register);
  };
  return <VerifyStep email={params.get('email') ?? ''} password={null} next={params.get('next')} onOtherEmail={back} />;
}

interface VerifyStepProps {
  /** Empty where it is to be asked for. */
  email: string;
  /** As it was just typed; null where it was not. */
  password: string | null;
  next: string | null;
  onOtherEmail: () => void;
}

/** What was made, and the login to it where the password is known. */
interface Ready {
  access: Pick<FirstAccess, 'organization' | 'application'>;
  session: ConsoleSession | null;
}

export function VerifyStep({ email: known, password, next, onOtherEmail }: VerifyStepProps) {
  const [, navigate] = useLocation();
  const [email, setEmail] = useState(known);
  const [code, setCode] = useState('');
  const [ready, setReady] = useState<Ready | null>(null);
  const submission = useSubmission({
    check: () => [
      ...(email.trim() === '' ? [{ field: 'email', detail: text.form.isMissing }] : []),
      ...(code.trim() === '' ? [{ field: 'code', detail: text.form.isMissing }] : []),
    ],
    send: () => confirm({ email: email.trim(), code: code.trim().toUpperCase(), password }),
    onDone: setReady,
  });
  if (ready !== null) {
    const go = () => {
      if (ready.session !== null) beginSession(ready.session);
      navigate(ready.session === null ? withQuery(paths.login, { email: email.trim(), next }) : ownPath(next), {
        replace: true,
      });
    };
    return <Welcome access={ready.access} onDone={go} />;
  }
  return (
    <EntryPage title={words.title}>
      <div className="stack">
        {known !== '' && <p>{words.sent(known)}</p>}
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
          <SubmitButton busy={words.busy}>{words.submit}</SubmitButton>
        </Form>
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

interface Confirmation {
  email: string;
  code: string;
  password: string | null;
}

/** The page has a session of its own kind, so that of the answer, which is one of tokens, is ended at once. */
async function confirm({ email, code, password }: Confirmation): Promise<Ready> {
  const { refresh_token, organization, application } = await atField(
    ask(api.POST('/auth/v2/programmatic/verify-email/', { body: { email, code } })),
    { invalid_code: ['code', words.wrong] },
  );
  await ask(api.POST('/auth/v2/programmatic/logout/', { body: { refresh_token } })).catch(() => undefined);
  return { access: { organization, application }, session: await logIn(email, password) };
}

/** Null where it takes more than the password, or that does not open it: the login screen says why. */
async function logIn(email: string, password: string | null): Promise<ConsoleSession | null> {
  if (password === null) return null;
  const answer = await ask(api.POST('/auth/v2/console/session/', { body: { email, password } })).catch(() => null);
  return answer !== null && 'user' in answer ? answer : null;
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
