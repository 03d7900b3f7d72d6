import { randomUUID } from 'node:crypto';
import t from 'tap';
import { build } from '../support/build-app.ts';
import { insertMember, registerUser } from '../support/factories.ts';

const test = await build(t);
const { organizationId } = await registerUser(test);
const member = await insertMember(test, organizationId);
const [row] = await test.query<{ user_id: string }>('select user_id from memberships where id = $1', [member]);
const inviter = row!.user_id;

const made = () => ({ id: randomUUID(), digest: randomUUID(), email: `${randomUUID()}@acme.example` });
const rest = { organization_id: organizationId, role: 'reader', invited_by: inviter, expires_at: new Date() };

function insert(table: string, values: Record<string, unknown>) {
  const names = Object.keys(values);
  const places = names.map((_name, index) => `$${index + 1}`);
  return test.query(
    `insert into ${table} (${names.join(', ')}) values (${places.join(', ')})`,
    names.map((name) => values[name]),
  );
}

/** Of a row that breaks a constraint: 23514 a check, 23505 a key, 23503 a reference. */
function refusal(constraint: string): { code: string; constraint: string } {
  const kind = constraint.split('_').at(-1);
  return { code: kind === 'check' ? '23514' : kind === 'key' ? '23505' : '23503', constraint };
}

void t.test('an email is invited to an organization once, in a role there is, under a token of its own', async (t) => {
  const invitation = { ...made(), ...rest };
  await insert('invitations', invitation);
  for (const [wrong, constraint] of [
    [{ email: invitation.email }, 'invitations__organization_id_email_key'],
    [{ digest: invitation.digest }, 'invitations__digest_key'],
    [{ email: 'Ada@acme.example' }, 'invitations__email_check'],
    [{ role: 'king' }, 'invitations__role_check'],
    [{ organization_id: randomUUID() }, 'invitations__organization_id_fkey'],
    [{ invited_by: randomUUID() }, 'invitations__invited_by_fkey'],
  ] as const) {
    await t.rejects(insert('invitations', { ...made(), ...rest, ...wrong }), refusal(constraint), constraint);
  }
});

void t.test('mails are counted under a subject in lower case, and no more of them than the most', async (t) => {
  const day = { mailed_at: '{}', expires_at: new Date() };
  await t.rejects(
    insert('invitation_mails', { subject: 'Ada@acme.example', ...day }),
    refusal('invitation_mails__subject_check'),
  );
  const many = `{${Array.from({ length: 201 }, () => '2026-01-31').join()}}`;
  await t.rejects(
    insert('invitation_mails', { subject: 'ada@acme.example', ...day, mailed_at: many }),
    refusal('invitation_mails__mailed_at_check'),
  );
});

void t.test('an invitation outlives who invited, and goes with its organization', async (t) => {
  const invitation = { ...made(), ...rest };
  await insert('invitations', invitation);
  await test.query('delete from users where id = $1', [inviter]);
  const read = () => test.query('select invited_by from invitations where id = $1', [invitation.id]);
  t.same(await read(), [{ invited_by: null }]);
  await test.query('delete from organizations where id = $1', [organizationId]);
  t.same(await read(), []);
});
