import { v7 as uuidv7 } from 'uuid';
import type { MemberCaller } from '../../changes/caller.ts';
import type { Change, ChangeRunner } from '../../changes/change-runner.ts';
import type { Db, Tx } from '../../db/client.ts';
import type { Role } from '../../db/tables/organizations.ts';
import { AppError, requireFound } from '../../errors.ts';
import type { PageRequest } from '../../http/pagination.ts';
import { requireVersion } from '../../http/preconditions.ts';
import { invitationMail } from '../../mail/messages.ts';
import type { Outbox } from '../../mail/outbox.ts';
import type { Quotas } from '../../rules/quotas.ts';
import { createMemberRepository } from '../members/member-repository.ts';
import { requireMayChangeOwners } from '../members/member-service.ts';
import { createOrganizationRepository } from '../organizations/organization-repository.ts';
import { requireRoom } from '../organizations/quotas.ts';
import { invitationCreated, invitationEnded, invitationTarget } from './invitation-audit.ts';
import { createInvitationMailRepository } from './invitation-mail-repository.ts';
import { createInvitationRepository, INVITATION_DAYS } from './invitation-repository.ts';
import type { Invitation } from './invitation-repository.ts';
import type { InviteResults } from './invitation-schemas.ts';
import { makeInvitationToken } from './invitation-token.ts';

interface Target {
  id: string;
  /** Versions from `If-Match`; undefined when the request set no condition. */
  versions: number[] | undefined;
}

interface Proof {
  /** Whether the caller has just proven again to be who they are, without which nobody invites an owner. */
  isProven: boolean;
}

/** Every method that names an invitation rejects with AppError `not_found` for one that is not the organization's. */
export interface InvitationService {
  list: (caller: MemberCaller, page: PageRequest) => Promise<Invitation[]>;
  get: (caller: MemberCaller, id: string) => Promise<Invitation>;
  /**
   * Mails an invitation to each email that is neither a member nor invited. Whether an email has an account is not looked at.
   * @throws AppError `insufficient_role`, `reauthentication_required`, `quota_reached`, `rate_limited`; then nobody is invited
   */
  invite: (caller: MemberCaller, invited: Proof & { emails: readonly string[]; role: Role }) => Promise<InviteResults>;
  /**
   * Mails a new token, which ends the one before, and begins its time anew. Beyond the mails that an email may get nothing
   * is mailed and nothing changes.
   * @throws AppError `insufficient_role`, `reauthentication_required`, `precondition_failed`, `rate_limited`
   */
  resend: (caller: MemberCaller, target: Target & Proof) => Promise<Invitation>;
  /** Its token is good for nothing from now on. @throws AppError `insufficient_role`, `precondition_failed` */
  withdraw: (caller: MemberCaller, target: Target) => Promise<void>;
}

export interface InvitationServiceOptions {
  db: Db;
  changes: ChangeRunner;
  outbox: Outbox;
  quotas: Quotas;
  publicUrl: string;
}

/** Of one organization, whoever of it sends them. */
const ORGANIZATION_MAILS = { anHour: 100, aDay: 200 };
/** To one email, whichever organizations send them. */
const EMAIL_MAILS = { anHour: 5, aDay: 20 };
const HOUR_SECONDS = 3_600;
const TTL_SECONDS = INVITATION_DAYS * 24 * HOUR_SECONDS;

export function createInvitationService(options: InvitationServiceOptions): InvitationService {
  const { db, changes, quotas } = options;
  const ofCaller = ({ organizationId }: MemberCaller) => createInvitationRepository(db, organizationId);

  return {
    list: (caller, page) => ofCaller(caller).list(page),

    get: async (caller, id) => requireFound(await ofCaller(caller).find(id)),

    invite: (caller, { emails, role, isProven }) =>
      changes.run(caller, {
        lock: 'no key update',
        async apply(change) {
          const inviting = await openInviting(change, caller, options);
          inviting.requireMayInvite(role, isProven);
          // In one order whoever invites: mails to an email are counted one after the other.
          const unique = [...new Set(emails.map((email) => email.toLowerCase()))];
          const results = new Map<string, InviteResults['results'][number]>();
          for (const email of unique.toSorted()) {
            results.set(email, { email, ...(await inviteOne(change, inviting, { email, role, quotas })) });
          }
          return { results: unique.flatMap((email) => results.get(email) ?? []) };
        },
      }),

    resend: (caller, { id, versions, isProven }) =>
      changes.run(caller, {
        lock: 'no key update',
        async apply(change) {
          const inviting = await openInviting(change, caller, options);
          const held = requireFound(await inviting.invitations.hold(id));
          inviting.requireMayInvite(held.role, isProven);
          requireVersion(held, versions);
          const { token, digest } = makeInvitationToken();
          // Without a mail the one that is out goes on, as it is.
          if (!(await inviting.mail(held, token))) return held;
          const renewed = requireFound(await inviting.invitations.renew(id, digest));
          const changes = { expires_at: { from: held.expiresAt, to: renewed.expiresAt } };
          change.audit({ action: 'invitation.resend', target: invitationTarget(held), changes });
          return renewed;
        },
      }),

    withdraw: (caller, { id, versions }) =>
      changes.run(caller, {
        lock: 'no key update',
        async apply(change) {
          const { invitations } = await openInviting(change, caller, options);
          const held = requireFound(await invitations.hold(id));
          requireVersion(held, versions);
          await invitations.delete(id);
          change.audit(invitationEnded('invitation.delete', held));
        },
      }),
  };
}

type Inviting = Awaited<ReturnType<typeof openInviting>>;

/**
 * What somebody who manages invitations works with. Others who invite, or change members of the organization, have to wait.
 * @throws AppError `not_found` when the organization is gone
 */
async function openInviting(
  change: Change,
  caller: MemberCaller,
  { outbox, publicUrl }: Pick<InvitationServiceOptions, 'outbox' | 'publicUrl'>,
) {
  const { tx, role: callersRole } = change;
  const { organizationId, userId } = caller;
  const { name: organizationName } = requireFound(await createOrganizationRepository(tx, userId).find(organizationId));
  return {
    caller,
    members: createMemberRepository(tx, organizationId),
    invitations: createInvitationRepository(tx, organizationId),

    requireMayInvite(role: Role, isProven: boolean): void {
      if (role === 'owner') requireMayChangeOwners(caller, { role: callersRole, isProven });
    },

    /** Owes the mail with a token, as far as the number of mails allows; tells whether it did. @throws AppError `rate_limited` */
    async mail({ email: to, role }: Pick<Invitation, 'email' | 'role'>, token: string): Promise<boolean> {
      if (!(await countMail(tx, organizationId, to))) return false;
      const names = { organizationName, inviter: caller.email, role };
      const mail = invitationMail({ to, serviceUrl: publicUrl, ...names, token, days: INVITATION_DAYS });
      await outbox.owe(change, mail, { ttlSeconds: TTL_SECONDS });
      return true;
    },
  };
}

async function inviteOne(
  { tx, audit }: Change,
  inviting: Inviting,
  { email, role, quotas }: { email: string; role: Role; quotas: Quotas },
): Promise<Omit<InviteResults['results'][number], 'email'>> {
  const { caller, members, invitations } = inviting;
  if (await members.hasEmail(email)) return { result: 'already_member', invitation: null };
  const open = await invitations.findByEmail(email);
  if (open !== null) return { result: 'already_invited', invitation: open.id };
  await requireRoom(tx, quotas, ['pending_invitations', caller.organizationId]);
  const { token, digest } = makeInvitationToken();
  const fresh = { id: uuidv7(), email, role, digest, invitedBy: caller.userId };
  const made = await invitations.insert(fresh);
  if (made === null) throw new Error('an email was invited while nobody could invite');
  await inviting.mail(made, token);
  audit(invitationCreated(made));
  return { result: 'invited', invitation: made.id };
}

/**
 * Whether one more mail may go out. The organization is told when it has sent too many; what others have sent to an email
 * is nothing to tell it, so its answer stays the same and nobody is mailed.
 */
async function countMail(tx: Tx, organizationId: string, email: string): Promise<boolean> {
  const mails = createInvitationMailRepository(tx);
  if (!(await mails.count(organizationId, ORGANIZATION_MAILS))) {
    const { anHour, aDay } = ORGANIZATION_MAILS;
    throw new AppError('rate_limited', {
      detail: `An organization sends at most ${anHour} invitations an hour and ${aDay} a day; try again later.`,
      retryAfterSeconds: HOUR_SECONDS,
    });
  }
  return mails.count(email, EMAIL_MAILS);
}
