import { HOTP, Secret, TOTP } from 'otpauth';

/** What every authenticator app assumes (RFC 6238 §1.2, RFC 4226 §5.3), whatever the URL says. */
const STEP_SECONDS = 30;
const DIGITS = 6;
const ALGORITHM = 'SHA1';
/** RFC 4226 §4, R6. */
const SECRET_BYTES = 20;
/** RFC 6238 §5.2: for clocks that differ and codes that are on their way. */
const STEPS_AROUND = 1;

export const TOTP_CODE = /^\d{6}$/;

/** A new secret, base32 as people type it. */
export function makeTotpSecret(): string {
  return new Secret({ size: SECRET_BYTES }).base32;
}

/** What an authenticator app reads from a QR code. */
export function makeOtpauthUrl({ secret, issuer, label }: { secret: string; issuer: string; label: string }): string {
  return new TOTP({ secret, issuer, label, algorithm: ALGORITHM, digits: DIGITS, period: STEP_SECONDS }).toString();
}

/** The code of a step (RFC 4226 §5.3). */
export function totpCodeOf(secret: string, step: number): string {
  return HOTP.generate({ secret: Secret.fromBase32(secret), algorithm: ALGORITHM, digits: DIGITS, counter: step });
}

/**
 * The step, later than `lastStep`, that a code belongs to: the present one, the one before or the one after. Undefined for
 * a wrong or spent code. Which of the three it is does not show in the time it takes.
 */
export function findTotpStep(
  { secret, lastStep }: { secret: string; lastStep: number },
  code: string,
  nowSeconds: number,
): number | undefined {
  // The library throws for digits of other scripts.
  if (!TOTP_CODE.test(code)) return undefined;
  const now = Math.floor(nowSeconds / STEP_SECONDS);
  const steps = [];
  for (let step = now - STEPS_AROUND; step <= now + STEPS_AROUND; step += 1) {
    const options = { secret: Secret.fromBase32(secret), algorithm: ALGORITHM, digits: DIGITS };
    const isItsCode = HOTP.validate({ ...options, token: code, counter: step, window: 0 }) !== null;
    if (isItsCode && step > lastStep) steps.push(step);
  }
  return steps[0];
}
