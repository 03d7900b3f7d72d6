import type { LightMyRequestResponse } from 'fastify';
import { totpCodeOf } from '../../src/rules/totp.ts';
import { Authenticator } from './authenticator.ts';
import type { TestApp } from './build-app.ts';
import { API, PASSWORD, subjectOf } from './factories.ts';

/** Somebody who is logged in. */
interface LoggedIn {
  userId: string;
  token: string;
}

/** The authenticator app of a user, and the codes on paper. */
export interface TestTotp {
  secret: string;
  recoveryCodes: string[];
}

const STEP_MS = 30_000;

/** The code that an authenticator app shows now, or so many half minutes later. */
export function codeOf(secret: string, stepsLater = 0): string {
  return totpCodeOf(secret, Math.floor(Date.now() / STEP_MS) + stepsLater);
}

/** A code that no authenticator app shows in the hour. */
export function wrongCodeOf(secret: string): string {
  const shown = new Set(Array.from({ length: 240 }, (_, index) => codeOf(secret, index - 120)));
  for (let number = 0; ; number += 1) {
    const code = String(number).padStart(6, '0');
    if (!shown.has(code)) return code;
  }
}

/** Lets half a minute pass for the authenticator of a user: its present code is good again. */
export async function forgetStep(test: TestApp, { userId }: Pick<LoggedIn, 'userId'>): Promise<void> {
  await test.query('update totp_factors set last_step = 0 where user_id = $1', [userId]);
}

/** Sets up an authenticator app; the code of this half minute is good again afterwards. */
export async function setUpTotp(test: TestApp, user: LoggedIn): Promise<TestTotp> {
  const { token } = user;
  const made = await test.request('POST', `${API}/account/2fa/totp/`, { token });
  if (made.statusCode !== 201) throw new Error(`totp answered ${made.statusCode}: ${made.body}`);
  const { secret } = made.json<{ secret: string }>();
  const body = { code: codeOf(secret) };
  const confirmed = await test.request('POST', `${API}/account/2fa/totp/confirm/`, { token, body });
  if (confirmed.statusCode !== 200) throw new Error(`confirm answered ${confirmed.statusCode}: ${confirmed.body}`);
  const { recovery_codes: recoveryCodes } = confirmed.json<{ recovery_codes: string[] }>();
  await forgetStep(test, user);
  return { secret, recoveryCodes };
}

/** Adds a passkey; its authenticator can log in with it. */
export async function setUpPasskey(
  test: TestApp,
  { token }: Pick<LoggedIn, 'token'>,
  name = 'Laptop',
): Promise<{ authenticator: Authenticator; uuid: string; recoveryCodes: string[] | null }> {
  const authenticator = new Authenticator(test.config.publicUrl);
  const options = await test.request('POST', `${API}/account/passkeys/options/`, { token });
  const body = { name, credential: authenticator.create(options.json<{ challenge: string }>()) };
  const made = await test.request('POST', `${API}/account/passkeys/`, { token, body });
  if (made.statusCode !== 201) throw new Error(`passkeys answered ${made.statusCode}: ${made.body}`);
  const { uuid, recovery_codes: recoveryCodes } = made.json<{ uuid: string; recovery_codes: string[] | null }>();
  return { authenticator, uuid, recoveryCodes };
}

/** Gives the right password, and gets what stands for it until the second factor was given. */
export async function beginLogin(test: TestApp, { email }: { email: string }, from?: string): Promise<string> {
  const body = { email, password: PASSWORD };
  const options = { body, ...(from === undefined ? {} : { from }) };
  const answer = await test.request('POST', `${API}/programmatic/login/`, options);
  const { temp_token: tempToken } = answer.json<{ temp_token?: string }>();
  if (tempToken === undefined) throw new Error(`login answered ${answer.statusCode}: ${answer.body}`);
  return tempToken;
}

/** Sends a code where the second factor is asked for. */
export async function sendCode(test: TestApp, tempToken: string, code: string): Promise<LightMyRequestResponse> {
  return test.request('POST', `${API}/2fa/verify/`, { body: { temp_token: tempToken, otp_token: code } });
}

/** Asks for a challenge that a passkey is to sign. */
export async function askChallenge(test: TestApp, tempToken: string): Promise<{ challenge: string }> {
  const answer = await test.request('POST', `${API}/2fa/passkey/options/`, { body: { temp_token: tempToken } });
  if (answer.statusCode !== 200) throw new Error(`options answered ${answer.statusCode}: ${answer.body}`);
  return answer.json();
}

/** Sends what a passkey has signed. */
export async function sendAssertion(
  test: TestApp,
  tempToken: string,
  credential: object,
): Promise<LightMyRequestResponse> {
  return test.request('POST', `${API}/2fa/passkey/verify/`, { body: { temp_token: tempToken, credential } });
}

/** Takes the authenticator app of a user away, without asking. */
export async function removeTotp(test: TestApp, token: string): Promise<object> {
  await test.query('delete from totp_factors where user_id = $1', [subjectOf(token)]);
  return {};
}

/** Begins to set up an authenticator app. */
export async function readyTotpConfirmation(test: TestApp, token: string): Promise<{ body: { code: string } }> {
  await removeTotp(test, token);
  const made = await test.request('POST', `${API}/account/2fa/totp/`, { token });
  return { body: { code: codeOf(made.json<{ secret: string }>().secret) } };
}

/** Sets up an authenticator app, in the place of one there was. */
export async function readyTotp(test: TestApp, token: string): Promise<{ body: { password: string; code: string } }> {
  await removeTotp(test, token);
  const { secret } = await setUpTotp(test, { token, userId: subjectOf(token) });
  return { body: { password: PASSWORD, code: codeOf(secret) } };
}

/** Makes a passkey; its `uuid`. */
export async function readyPasskey(test: TestApp, token: string): Promise<{ passkey: string }> {
  return { passkey: (await setUpPasskey(test, { token })).uuid };
}

/** Asks for a challenge, and has an authenticator make a passkey. */
export async function readyPasskeyCreation(
  test: TestApp,
  token: string,
): Promise<{ body: { name: string; credential: object } }> {
  const options = await test.request('POST', `${API}/account/passkeys/options/`, { token });
  const authenticator = new Authenticator(test.config.publicUrl);
  return { body: { name: 'Phone', credential: authenticator.create(options.json<{ challenge: string }>()) } };
}
