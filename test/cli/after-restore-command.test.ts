import t from 'tap';
import { makeDeployment, runCommand, runInstalled } from '../support/command-line.ts';
import { query } from '../support/embedded-service.ts';
import { plantKeys } from '../support/signing-keys.ts';

void t.test('after-restore does nothing without --yes, and says what it would do', async (t) => {
  const env = await makeDeployment(t);
  await plantKeys(env);
  await runCommand(['rotate-signing-key'], { env });
  const kids = () => query(env.DATABASE_URL, 'select kid from signing_keys order by kid');
  const before = await kids();
  const asked = await runCommand(['after-restore'], { env });
  t.equal(asked.code, 2);
  t.match(asked.stderr, /^This ends every session and refuses every token issued so far, .*: add --yes\n$/);
  t.same(await kids(), before);

  const { code, stdout } = await runInstalled(['after-restore', '--yes', '--json'], { env });
  t.equal(code, 0);
  const document = JSON.parse(stdout) as { kid: string; to_check: string[] };
  t.same(await kids(), [{ kid: document.kid }], 'the new key is the only one');
  t.ok(document.to_check.length > 0);
});
