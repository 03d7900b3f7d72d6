import { Modal } from './parts/modal.tsx';
import { LoginForm } from './screens/entry/login-form.tsx';
import { beginSession } from './session.tsx';
import { text } from './text/index.ts';

/** The session ended under the page: what is on it stays, and goes on after the login. */
export default function LoginAgain({ email }: { email: string }) {
  return (
    <Modal title={text.session.againTitle} isLocked onClose={() => undefined}>
      <p>{text.session.againBody}</p>
      <LoginForm email={email} onLogin={beginSession} />
    </Modal>
  );
}
