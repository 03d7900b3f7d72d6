import t from 'tap';
import { createPendingLoginRepository } from '../../../src/identity/pending-login-repository.ts';
import { createPasskeyRepository } from '../../../src/resources/second-factor/passkey-repository.ts';
import { createRecoveryCodeRepository } from '../../../src/resources/second-factor/recovery-code-repository.ts';
import { createTotpRepository } from '../../../src/resources/second-factor/totp-repository.ts';
import { atOnce } from '../../support/accounts.ts';
import { build } from '../../support/build-app.ts';
import { registerUser } from '../../support/factories.ts';
import { setUpPasskey, setUpTotp } from '../../support/second-factor.ts';

const test = await build(t);
const { db } = test.app;
const user = await registerUser(test);
await setUpTotp(test, user);
const { uuid } = await setUpPasskey(test, user);

/** How many of many at the same time were told that it was them. */
async function countWinners(use: () => Promise<unknown>): Promise<number> {
  return (await atOnce(8, use)).filter((won) => won !== false && won !== null).length;
}

void t.test('the statement itself has one winner, whatever stands in front of it', async (t) => {
  const totp = createTotpRepository(db);
  t.equal(await countWinners(() => totp.spendStep(user.userId, 1_000)), 1, 'of a step');
  t.equal(await totp.spendStep(user.userId, 999), false, 'and none of a step before it');
  const recoveryCodes = createRecoveryCodeRepository(db);
  await recoveryCodes.replaceAll(user.userId, ['one', 'other']);
  t.equal(await countWinners(() => recoveryCodes.spend(user.userId, 'one')), 1, 'of a recovery code');
  const passkeys = createPasskeyRepository(db, user.userId);
  t.equal(await countWinners(() => passkeys.use(uuid, 5)), 1, 'of a count');
  await passkeys.setChallenge('challenge', 60);
  t.equal(await countWinners(() => passkeys.takeChallenge()), 1, 'of a challenge to make a passkey');
  const pendings = createPendingLoginRepository(db);
  await pendings.insert({ digest: 'login', userId: user.userId, ttlSeconds: 60 });
  await pendings.setChallenge('login', 'challenge');
  t.equal(await countWinners(() => pendings.takeChallenge('login')), 1, 'of a challenge to log in');
  t.equal(await countWinners(() => pendings.takeTry('login')), 5, 'and five tries of a login');
});
