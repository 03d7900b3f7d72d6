import { v7 as uuidv7 } from 'uuid';
import type { AuditActor, AuditChain } from '../../changes/audit-event.ts';
import type { Caller } from '../../changes/caller.ts';
import type { Change, ChangeRunner } from '../../changes/change-runner.ts';
import type { Db } from '../../db/client.ts';
import type { Role } from '../../db/tables/organizations.ts';
import { AppError, isUniqueViolation } from '../../errors.ts';
import type { OpenSession } from '../../identity/session-service.ts';
import type { Quotas } from '../../rules/quotas.ts';
import type { Hasher } from '../../secrets/hasher.ts';
import { actorOf } from '../accounts/account-audit.ts';
import type { AuditedUser } from '../accounts/account-audit.ts';
import { createAccountRepository, USERS_EMAIL_KEY } from '../accounts/account-repository.ts';
import { requireApart } from '../accounts/credentials.ts';
import { createLoginSourceRepository } from '../accounts/login-source-repository.ts';
import { insertUser } from '../accounts/new-account.ts';
import { createRegistrationRepository } from '../accounts/registration-repository.ts';
import { holdPolicy } from '../credential-policy/held-policy.ts';
import { memberEvents } from '../members/member-audit.ts';
import { createMemberRepository } from '../members/member-repository.ts';
import { requireRoom } from '../organizations/quotas.ts';
import { invitationEnded } from './invitation-audit.ts';
import { createInvitationRepository, findOpenInvitation } from './invitation-repository.ts';
import type { Invitation, OpenInvitation } from './invitation-repository.ts';
import { digestOfToken } from './invitation-token.ts';

/** What a person became, and the session where one was opened for it. */
export interface Joined<Opened> {
  organization: { id: string; name: string };
  role: Role;
  opened: Opened | null;
}

export interface Acceptance {
  token: string;
  /** Of the account to be made. */
  password: string | undefined;
  /** From where the first session is opened, as for a login. */
  source: string;
}

/** How somebody who was invited becomes a member. */
export interface InvitationAcceptance {
  /**
   * For a caller who is logged in, with the email that was invited. For one who is not it makes the account: the token has
   * proven the email as a mailed code does. An account there is already is not opened by a token.
   * @param open opens the session of an account that is made
   * @throws AppError `invalid_invitation` for a wrong, spent or expired token; `login_required`, `wrong_account`,
   * `quota_reached`, `overloaded`, and `invalid_request` for a password that is missing, weak or of no use
   */
  accept: <Opened>(caller: Caller, acceptance: Acceptance, open: OpenSession<Opened>) => Promise<Joined<Opened>>;
}

export interface InvitationAcceptanceOptions {
  db: Db;
  changes: ChangeRunner;
  hasher: Hasher;
  quotas: Quotas;
}

export function createInvitationAcceptance(options: InvitationAcceptanceOptions): InvitationAcceptance {
  const { db, changes, hasher, quotas } = options;

  /** @throws AppError `login_required` where the email got an account meanwhile */
  async function joinWithAccount<Opened>(
    caller: Caller,
    found: Found,
    { password, source, open }: NewCredentials<Opened>,
  ) {
    hasher.requireRoom();
    const apply = async (change: Change, passwordHash: string): Promise<Joined<Opened>> => {
      const user = { id: uuidv7(), email: found.email };
      const invitation = await spend(change, found);
      // What waits for a code under this email is settled: its password was proven by nobody.
      await createRegistrationRepository(change.tx).take(user.email);
      await insertUser(change, { ...user, passwordHash, actor: actorOf(user) });
      const joined = await join(change, { found, invitation, user, quotas });
      await createLoginSourceRepository(change.tx).upsert(user.id, source);
      return { ...joined, opened: await open(change, user, caller) };
    };
    try {
      return await changes.run(caller, { prepare: () => hasher.hashPassword(password), apply });
    } catch (err) {
      if (isUniqueViolation(err, USERS_EMAIL_KEY)) throw loginRequired();
      throw err;
    }
  }

  return {
    async accept(caller, { token, password, source }, open) {
      const digest = digestOfToken(token);
      const invited = await findOpenInvitation(db, digest);
      if (invited === null) throw invalidInvitation();
      const found = { ...invited, digest };
      if (caller.userId !== null) {
        const user = { id: caller.userId, email: found.email };
        if (caller.email !== found.email) throw new AppError('wrong_account', { detail: WRONG_ACCOUNT });
        if (password !== undefined) throw passwordFault('not_allowed', 'is only for an email without an account');
        const apply = async (change: Change) => {
          const invitation = await spend(change, found);
          return join(change, { found, invitation, user, quotas });
        };
        return { ...(await changes.run(caller, { apply })), opened: null };
      }
      if ((await createAccountRepository(db).findByEmail(found.email)) !== null) throw loginRequired();
      if (password === undefined) throw passwordFault('required', 'is required');
      requireApart({ email: found.email, password });
      return joinWithAccount(caller, found, { password, source, open });
    },
  };
}

/** An invitation, and the digest of the token that opened it. */
interface Found extends OpenInvitation {
  digest: string;
}

interface NewCredentials<Opened> {
  password: string;
  source: string;
  open: OpenSession<Opened>;
}

const WRONG_ACCOUNT = 'Log in with the account of the email that was invited, or log out first.';

/**
 * Spends the token, once the organization is held as by everybody who changes its members.
 * @throws AppError `invalid_invitation` where either is gone
 */
async function spend({ tx }: Change, { organizationId, digest }: Found): Promise<Invitation> {
  await holdPolicy(tx, organizationId).catch((err: unknown) => {
    throw err instanceof AppError && err.code === 'not_found' ? invalidInvitation() : err;
  });
  const invitation = await createInvitationRepository(tx, organizationId).take(digest);
  if (invitation === null) throw invalidInvitation();
  return invitation;
}

interface Joining {
  found: Found;
  invitation: Invitation;
  user: AuditedUser;
  quotas: Quotas;
}

/** Makes the user a member; who is one already stays what they are. */
async function join(change: Change, joining: Joining): Promise<Omit<Joined<never>, 'opened'>> {
  const { tx, audit } = change;
  const { found, invitation, user, quotas } = joining;
  const { organizationId, organizationName } = found;
  const chain: AuditChain = { type: 'organization', id: organizationId };
  const actor: AuditActor = actorOf(user);
  audit({ ...invitationEnded('invitation.accept', invitation), chain, actor });

  const members = createMemberRepository(tx, organizationId);
  const organization = { id: organizationId, name: organizationName };
  const present = await members.findRole(user.id);
  if (present !== null) return { organization, role: present };
  const { role } = invitation;
  await requireRoom(tx, quotas, ['members', organizationId]);
  if (role === 'owner') await requireRoom(tx, quotas, ['organizations', user.id]);
  const id = uuidv7();
  await members.insert({ id, userId: user.id, role });
  const member = { id, userId: user.id, email: user.email, organizationId, organizationName };
  const changes = { role: { from: null, to: role } };
  for (const event of memberEvents('member.create', member, { changes, caller: { userId: user.id } })) {
    audit({ ...event, actor });
  }
  return { organization, role };
}

/** One answer for a token that is wrong, spent, withdrawn or expired. */
function invalidInvitation(): AppError {
  return new AppError('invalid_invitation', { detail: 'Look for a newer mail, or ask to be invited again.' });
}

function loginRequired(): AppError {
  const detail = 'The email that was invited has an account: log in with it, and accept then.';
  return new AppError('login_required', { detail });
}

function passwordFault(code: 'required' | 'not_allowed', detail: string): AppError {
  return new AppError('invalid_request', { errors: [{ pointer: '/password', code, detail }] });
}
