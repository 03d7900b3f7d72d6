import { AppError } from '../errors.ts';

/** One answer for every token or cookie that is not good; the cause is for the log. */
export function unauthorized(reason: string, cause?: unknown): AppError {
  return new AppError('unauthorized', {
    detail: 'Send a valid admin token: Authorization: Bearer <access_token>.',
    reason,
    cause,
  });
}
