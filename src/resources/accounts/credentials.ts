import { AppError } from '../../errors.ts';
import { explainPasswordFor } from '../../rules/passwords.ts';

export interface Credentials {
  email: string;
  password: string;
}

/** @throws AppError `invalid_request` for a new password that says too much of its email */
export function requireApart({ email, password }: Credentials): void {
  const detail = explainPasswordFor(email, password);
  if (detail === undefined) return;
  throw new AppError('invalid_request', { errors: [{ pointer: '/password', code: 'too_weak', detail }] });
}
