import { lazy, Suspense, useEffect } from 'react';
import { chunk } from './chunks.ts';
import { Failure } from './failure.tsx';
import { loginGate, passwordGate } from './gate.ts';
import { useStore } from './store.ts';

const loadLogin = chunk(() => import('./login-again.tsx'));
const loadPassword = chunk(() => import('./password-again.tsx'));
const LoginAgain = lazy(loadLogin);
const PasswordAgain = lazy(loadPassword);

/** The dialogs over everything that requests wait for; once on the page. */
export function Gates({ email }: { email: string }) {
  const isLoginAsked = useStore(loginGate.isAsking);
  const isPasswordAsked = useStore(passwordGate.isAsking);
  useEffect(() => {
    // Before they are needed: by then the service may have another build.
    const timer = setTimeout(() => void Promise.allSettled([loadLogin(), loadPassword()]), PRELOAD_MS);
    return () => {
      clearTimeout(timer);
    };
  }, []);
  return (
    <Failure>
      <Suspense fallback={null}>
        {isLoginAsked && <LoginAgain email={email} />}
        {isPasswordAsked && <PasswordAgain />}
      </Suspense>
    </Failure>
  );
}

/** After what is on the screen. */
const PRELOAD_MS = 2_000;
