import { lazy, Suspense, useEffect } from 'react';
import { loginGate, passwordGate } from './gate.ts';
import { useStore } from './store.ts';

const loadLogin = () => import('./login-again.tsx');
const loadPassword = () => import('./password-again.tsx');
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
    <Suspense fallback={null}>
      {isLoginAsked && <LoginAgain email={email} />}
      {isPasswordAsked && <PasswordAgain />}
    </Suspense>
  );
}

/** After what is on the screen. */
const PRELOAD_MS = 2_000;
