import { randomBytes } from 'node:crypto';
import { Authenticator } from './authenticator.ts';
import type { Exercise, Made } from './exercise.ts';
import { subjectOf } from './factories.ts';
import { codeOf, forgetStep, wrongCodeOf } from './second-factor.ts';

/** Takes somebody through every second factor, with every kind of mistake on the way. In the end there is none again. */
export async function exerciseSecondFactor(exercise: Exercise, made: Made): Promise<void> {
  const { hunt, test } = exercise;
  const token = String(made.token);
  const send = (operationId: string, body?: object) =>
    exercise.send(operationId, { token, ...(body === undefined ? {} : { body }) });
  const ask = async (operationId: string, body: object) => exercise.send(operationId, { body });
  const begin = async () => String((await ask('login', { email: made.email, password: made.password })).temp_token);
  const madeUp = hunt.note('made-up temp token', randomBytes(32).toString('base64url'));

  const { secret = '' } = await send('createTotp');
  await send('confirmTotp', { code: wrongCodeOf(secret) });
  await send('confirmTotp', { code: secret });
  const first = await send('confirmTotp', { code: codeOf(secret) });
  await send('createTotp');
  await forgetStep(test, { userId: subjectOf(token) });

  const tempToken = await begin();
  await ask('verifySecondFactor', { temp_token: madeUp, otp_token: first['recovery_codes.0'] });
  await ask('verifySecondFactor', { temp_token: tempToken, otp_token: secret });
  await ask('verifySecondFactor', { temp_token: tempToken, otp_token: [secret], secret });
  await ask('verifySecondFactor', { temp_token: tempToken, otp_token: first['recovery_codes.0'] });
  await ask('verifySecondFactor', { temp_token: tempToken, otp_token: first['recovery_codes.0'] });
  await exercise.send('listPasskeys', { token: tempToken });

  const authenticator = new Authenticator(test.config.publicUrl);
  const wrong = authenticator.create({ challenge: madeUp });
  await send('createPasskeyOptions');
  await send('createPasskey', { name: 'Laptop', credential: wrong });
  const { challenge = '' } = await send('createPasskeyOptions');
  const { uuid = '' } = await send('createPasskey', {
    name: 'Laptop',
    credential: authenticator.create({ challenge }),
  });
  await send('listPasskeys');

  const other = await begin();
  await ask('createPasskeyLoginOptions', { temp_token: madeUp });
  await ask('verifyPasskey', { temp_token: other, credential: authenticator.get({ challenge: madeUp }) });
  const options = await ask('createPasskeyLoginOptions', { temp_token: other });
  const asked = { challenge: String(options.challenge) };
  await ask('verifyPasskey', { temp_token: other, credential: authenticator.get(asked) });

  const second = await send('regenerateRecoveryCodes', { code: first['recovery_codes.1'] });
  await send('deleteTotp', { password: secret, code: wrongCodeOf(secret) });
  await send('deleteTotp', { password: made.password, code: second['recovery_codes.3'] });
  await exercise.send('deletePasskey', { token }, { passkey: String(made['organization.uuid']) });
  await exercise.send('deletePasskey', { token }, { passkey: uuid });
  await send('regenerateRecoveryCodes');
}
