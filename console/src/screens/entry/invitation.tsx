import { useState } from 'react';
import { Link, useLocation } from 'wouter';
import type { ConsoleSession, InvitationAccepted } from '../../../../client/schema.ts';
import { api, ask } from '../../api.ts';
import { Button, ButtonLink } from '../../parts/button.tsx';
import { TextField } from '../../parts/field.tsx';
import { Form, FormProblems, SubmitButton } from '../../parts/form.tsx';
import { Notice, ProblemNotice } from '../../parts/notice.tsx';
import { Loaded } from '../../parts/states.tsx';
import { say } from '../../parts/status.tsx';
import { useSubmission } from '../../parts/submission.ts';
import { paths } from '../../paths.ts';
import type { Problem } from '../../problem.ts';
import { announceSession, beginSession, logOut, refreshSession, useSessionQuery } from '../../session.tsx';
import { text } from '../../text/index.ts';
import { EntryPage } from './entry-page.tsx';
import { LoginForm } from './login-form.tsx';
import { RequireHttps } from './require-https.tsx';

const words = text.entry.invitation;

type Refusal = 'invalid_invitation' | 'wrong_account' | 'login_required';

/** The link of a mail: its token stands in the fragment, which no server sees, and leaves the address bar at once. */
export function Invitation() {
  const [token] = useState(takeToken);
  const [refusal, setRefusal] = useState<Refusal | null>(token === '' ? 'invalid_invitation' : null);
  const [, navigate] = useLocation();
  const query = useSessionQuery();
  const onJoined = async ({ organization }: InvitationAccepted) => {
    await announceSession();
    await refreshSession();
    say(words.joined(organization.name));
    navigate(paths.clients(organization.uuid), { replace: true });
  };
  const joining: Joining = { token, onJoined: (joined) => void onJoined(joined), onRefused: setRefusal };
  if (refusal === 'invalid_invitation') return <NoInvitation isWhole={token !== ''} />;
  return (
    <Loaded query={query} skeleton={null}>
      {({ user }) => {
        if (user !== null && refusal === 'wrong_account') return <WrongAccount email={user.email} />;
        if (user !== null && refusal !== 'login_required') return <JoinAs email={user.email} {...joining} />;
        return (
          <JoinOrLogIn
            {...joining}
            hasAccount={refusal === 'login_required'}
            onLogin={(session) => {
              setRefusal(null);
              beginSession(session);
            }}
          />
        );
      }}
    </Loaded>
  );
}

function takeToken(): string {
  const token = location.hash.slice(1);
  history.replaceState(history.state, '', location.pathname + location.search);
  return token;
}

interface Joining {
  token: string;
  onJoined: (joined: InvitationAccepted) => void;
  onRefused: (refusal: Refusal) => void;
}

function useJoining({ token, onJoined, onRefused }: Joining, password?: string) {
  return useSubmission({
    check: () => (password === '' ? [{ field: 'password', detail: text.form.isMissing }] : []),
    send: () => {
      const body = { token, ...(password !== undefined && { password }) };
      return ask(api.POST('/auth/v2/programmatic/invitations/accept/', { body }));
    },
    onDone: onJoined,
    onProblem: ({ code, faults }: Problem) => {
      // A link that was cut short or changed on its way is none at all.
      if (faults.some(({ field }) => field === 'token')) {
        onRefused('invalid_invitation');
        return true;
      }
      if (code !== 'invalid_invitation' && code !== 'wrong_account' && code !== 'login_required') return false;
      onRefused(code);
      return true;
    },
  });
}

function JoinAs({ email, ...joining }: Joining & { email: string }) {
  const { isBusy, problem, submit } = useJoining(joining);
  return (
    <EntryPage title={words.title}>
      <div className="stack">
        <p>{words.body}</p>
        {problem !== null && <ProblemNotice problem={problem} />}
        <Button kind="primary" busy={isBusy && words.joinBusy} onClick={submit}>
          {words.joinAs(email)}
        </Button>
      </div>
    </EntryPage>
  );
}

interface JoinOrLogInProps extends Joining {
  hasAccount: boolean;
  onLogin: (session: ConsoleSession) => void;
}

function JoinOrLogIn({ hasAccount, onLogin, ...joining }: JoinOrLogInProps) {
  const [isLoggingIn, setLoggingIn] = useState(false);
  const [password, setPassword] = useState('');
  const submission = useJoining(joining, password);
  if (hasAccount || isLoggingIn) {
    return (
      <EntryPage title={words.title}>
        <div className="stack">
          <p>{words.loginBody}</p>
          <LoginForm onLogin={onLogin} />
        </div>
      </EntryPage>
    );
  }
  return (
    <EntryPage title={words.title}>
      <div className="stack">
        <p>{words.newBody}</p>
        <RequireHttps>
          <Form submission={submission}>
            <FormProblems />
            <TextField
              name="password"
              label={text.entry.password}
              hint={text.entry.passwordHint}
              type="password"
              autoComplete="new-password"
              autoFocus
              value={password}
              onValue={setPassword}
            />
            <SubmitButton busy={words.joinBusy}>{words.join}</SubmitButton>
          </Form>
        </RequireHttps>
        <Button
          kind="quiet"
          onClick={() => {
            setLoggingIn(true);
          }}
        >
          {words.hasAccount}
        </Button>
      </div>
    </EntryPage>
  );
}

function WrongAccount({ email }: { email: string }) {
  return (
    <EntryPage title={words.wrongTitle} footer={<Link to={paths.home}>{words.toStart}</Link>}>
      <div className="stack">
        <p>{words.wrongBody(email)}</p>
        <Button kind="primary" onClick={() => void logOut()}>
          {words.logOut}
        </Button>
      </div>
    </EntryPage>
  );
}

function NoInvitation({ isWhole }: { isWhole: boolean }) {
  return (
    <EntryPage title={isWhole ? words.invalidTitle : words.noneTitle}>
      <div className="stack">
        <Notice kind="warning">
          <p>{isWhole ? words.invalidBody : words.noneBody}</p>
        </Notice>
        <ButtonLink to={paths.home}>{words.toStart}</ButtonLink>
      </div>
    </EntryPage>
  );
}
