import t from 'tap';
import { build } from '../support/build-app.ts';
import { API, createClient, registerUser } from '../support/factories.ts';
import { requestToken } from '../support/oauth.ts';

void t.test('a token is signed while every place for argon2 is taken', async (t) => {
  // So dear that a login takes far longer than a signature, even on a machine that is busy with other things.
  const test = await build(t, { env: { LATCHKEY_PASSWORD_COST: '131072,3,1' } });
  const owner = await registerUser(test);
  const client = await createClient(test, owner);
  t.equal((await requestToken(test, client)).statusCode, 200, 'from here on its secret needs no argon2');

  let hasLoggedIn = false;
  const logins = Array.from({ length: 4 }, async (_, index) => {
    await test.request('POST', `${API}/programmatic/login/`, {
      body: { email: owner.email, password: `Wrong-Horse-${index}` },
      from: `192.0.2.${index}`,
    });
    hasLoggedIn = true;
  });
  const tokens = await Promise.all(Array.from({ length: 20 }, () => requestToken(test, client)));
  t.same([...new Set(tokens.map(({ statusCode }) => statusCode))], [200]);
  t.equal(hasLoggedIn, false, 'none of the logins was done before all the tokens were');
  await Promise.all(logins);
});
