import t from 'tap';
import { afterRestore } from '../../src/cli/after-restore-command.ts';
import { createOwner } from '../../src/cli/create-owner-command.ts';
import { showPermissions } from '../../src/cli/permissions-command.ts';
import { resetSecondFactor } from '../../src/cli/reset-second-factor-command.ts';
import { build } from '../support/build-app.ts';
import { makeShell } from '../support/command-line.ts';
import { createClient, registerUser } from '../support/factories.ts';
import { beginLogin, sendCode, setUpPasskey, setUpTotp } from '../support/second-factor.ts';
import { send, statusOfToken, textsOfMails, waitForMail } from '../support/accounts.ts';

const test = await build(t, { mailTimes: { pollIntervalMs: 50 } });
const env = {
  DATABASE_URL: test.databaseUrl,
  LATCHKEY_MASTER_KEY: test.config.masterKeys.map((key) => key.toString('base64')).join(),
  LATCHKEY_PERMISSIONS: JSON.stringify([{ name: 'api.read', description: 'Reads.' }]),
  LOG_LEVEL: 'silent',
};
const shell = makeShell(env);

interface Event {
  actor: { type: string; id: string | null };
  action: string;
  target: { id: string };
  changes: object;
}

/** The events of a chain that the system itself has left. */
async function readBySystem(chain: string): Promise<Event[]> {
  const rows = await test.query<{ canonical: string }>(
    'select canonical from audit_events where chain_id = $1 order by sequence',
    [chain],
  );
  const events = rows.map(({ canonical }) => JSON.parse(canonical) as Event);
  return events.filter(({ actor }) => actor.type === 'system');
}

void t.test('create-owner leaves the events of the account and of the organization', async (t) => {
  const { document } = await createOwner(shell, 'owner@acme.example', { generatePassword: true });
  const { user_id: userId, organization } = document as { user_id: string; organization: { uuid: string } };
  t.match(await readBySystem(userId), [{ action: 'account.create', target: { id: userId } }]);
  t.match(await readBySystem(organization.uuid), [
    { action: 'organization.create' },
    { action: 'application.create', actor: { id: null } },
  ]);
});

void t.test('permissions --remove-unknown leaves an event for every client it changes', async (t) => {
  const user = await registerUser(test);
  const { client_id: id } = await createClient(test, user, { permissions: ['api.read', 'api.write'] });
  await showPermissions(shell, { removeUnknown: true });
  const events = await readBySystem(user.organizationId);
  t.match(events, [{ action: 'api_client.update', target: { id: user.clientId } }, { target: { id } }]);
  t.match(events[1]?.changes, { permissions: { from: ['api.read', 'api.write'], to: ['api.read'] } });
});

void t.test('reset-second-factor leaves an event, a mail and the password alone', async (t) => {
  const user = await registerUser(test);
  const { email } = user;
  const { recoveryCodes } = await setUpTotp(test, user);
  await setUpPasskey(test, user);
  const waiting = await beginLogin(test, user);
  const { document } = await resetSecondFactor(shell, email.toUpperCase());
  t.match(document, { user_id: user.userId, email, authenticator: true, passkeys: 1, ended_sessions: 1 });
  t.match(await readBySystem(user.userId), [
    { action: 'second_factor.reset', target: { id: user.userId }, changes: { passkeys: { from: 1, to: 0 } } },
  ]);
  t.equal(await statusOfToken(test, user.token), 401, 'its sessions have ended');
  t.equal((await sendCode(test, waiting, String(recoveryCodes[0]))).statusCode, 401, 'and logins that waited');
  const login = await send(test, 'login', { email, password: user.password });
  t.match(login.json(), { access_token: String });
  await waitForMail(test);
  t.match(textsOfMails(test, email).at(-1)?.replaceAll('\n', ' '), 'has taken away the second factor');
  await t.rejects(resetSecondFactor(shell, email), /has no second factor: nothing was changed/);
  await t.rejects(resetSecondFactor(shell, 'nobody@acme.example'), /has no account: nothing was changed/);
});

void t.test('after-restore tells every user that their sessions were ended', async (t) => {
  const [one, two] = [await registerUser(test), await registerUser(test)];
  await send(test, 'login', { email: one.email, password: one.password });
  await send(test, 'logout', { refresh_token: two.refreshToken });
  const { text } = await afterRestore(shell, { yes: true });
  t.match(text, /^Ended \d+ sessions; /);
  t.match(await readBySystem(one.userId), [{ action: 'session.end', changes: { sessions: { from: 2, to: 0 } } }]);
  t.same(await readBySystem(two.userId), []);
});
