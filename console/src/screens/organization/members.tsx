import { useLocation, useSearchParams } from 'wouter';
import type { Member } from '../../../../client/schema.ts';
import { Badge } from '../../parts/badge.tsx';
import { ButtonLink } from '../../parts/button.tsx';
import type { ListQuery } from '../../parts/list.tsx';
import { rowsOf, ShowMore } from '../../parts/list.tsx';
import { Page } from '../../parts/page.tsx';
import { Loaded } from '../../parts/states.tsx';
import { Table } from '../../parts/table.tsx';
import type { Column } from '../../parts/table.tsx';
import { Time } from '../../parts/time.tsx';
import { paths } from '../../paths.ts';
import type { Right } from '../../roles.ts';
import { useOrganization, useSession } from '../../session.tsx';
import { text } from '../../text/index.ts';
import { InviteMembers } from './invite-members.tsx';
import { LeaveOrganization, RemoveMember } from './member-dialogs.tsx';
import { MemberRole } from './member-role.tsx';
import { PendingInvitations } from './pending-invitations.tsx';
import { useMembers } from './queries.ts';

const words = text.members;

export function Members() {
  const { uuid: org, may } = useOrganization();
  const { user } = useSession();
  const query = useMembers(org);
  const mayChange = may('changeMembers');
  return (
    <Page
      title={words.title}
      actions={
        mayChange && (
          <ButtonLink to={`${paths.members(org)}?invite`} kind="primary" icon="plus">
            {words.invite}
          </ButtonLink>
        )
      }
    >
      <Loaded query={query}>
        {(data) => {
          const rows = rowsOf(data);
          return (
            <>
              <Table
                caption={words.title}
                columns={columnsOf({ org, self: user.email, may, lastOwner: lastOwnerOf(rows, query) })}
                rows={rows}
                keyOf={({ uuid }) => uuid}
              />
              <ShowMore query={query} shown={rows.length} />
              <MemberDialogs members={rows} />
            </>
          );
        }}
      </Loaded>
      {mayChange && <PendingInvitations />}
    </Page>
  );
}

/** The one owner, where all members are known; else the service says so when it matters. */
function lastOwnerOf(members: readonly Member[], { hasNextPage }: ListQuery<Member>): string | null {
  const owners = members.filter(({ role }) => role === 'owner');
  return owners.length === 1 && !hasNextPage ? (owners[0]?.uuid ?? null) : null;
}

function MemberDialogs({ members }: { members: readonly Member[] }) {
  const { uuid: org, may } = useOrganization();
  const [, navigate] = useLocation();
  const [params] = useSearchParams();
  const close = () => {
    navigate(paths.members(org));
  };
  const removed = members.find(({ uuid }) => uuid === params.get('remove'));
  if (params.has('invite') && may('changeMembers')) return <InviteMembers onClose={close} />;
  if (params.has('leave')) return <LeaveOrganization members={members} onClose={close} />;
  if (removed !== undefined && may('changeMembers')) return <RemoveMember member={removed} onClose={close} />;
  return null;
}

interface RowContext {
  org: string;
  self: string;
  may: (right: Right) => boolean;
  lastOwner: string | null;
}

function columnsOf({ org, self, may, lastOwner }: RowContext): Column<Member>[] {
  const names = words.columns;
  const mayChange = ({ role }: Member) => may('changeMembers') && (role !== 'owner' || may('changeOwners'));
  return [
    {
      key: 'email',
      header: names.email,
      className: 'column-email',
      cell: ({ email }) => (
        <span className="name-line">
          <span className="truncate strong" title={email}>
            {email}
          </span>
          {email === self && <Badge>{words.you}</Badge>}
        </span>
      ),
    },
    {
      key: 'role',
      header: names.role,
      className: 'column-role',
      cell: (member) => (
        <MemberRole member={member} isLastOwner={member.uuid === lastOwner} mayChange={mayChange(member)} />
      ),
    },
    {
      key: 'factor',
      header: names.secondFactor,
      cell: ({ has_second_factor: has }) =>
        has ? (
          <Badge tone="good" icon="shield">
            {words.yes}
          </Badge>
        ) : (
          <Badge>{words.no}</Badge>
        ),
    },
    { key: 'joined', header: names.joined, align: 'end', cell: ({ joined_at: at }) => <Time at={at} /> },
    {
      key: 'seen',
      header: names.lastSeen,
      align: 'end',
      cell: ({ last_seen_at: at }) => (at === null ? text.never : <Time at={at} />),
    },
    {
      key: 'actions',
      header: names.actions,
      isHeaderHidden: true,
      align: 'end',
      cell: (member) => <MemberActions {...{ org, member, self, lastOwner }} mayRemove={mayChange(member)} />,
    },
  ];
}

interface MemberActionsProps {
  org: string;
  member: Member;
  self: string;
  lastOwner: string | null;
  mayRemove: boolean;
}

/** The last owner can neither leave nor be removed. */
function MemberActions({ org, member, self, lastOwner, mayRemove }: MemberActionsProps) {
  if (member.uuid === lastOwner) return null;
  if (member.email === self) {
    return (
      <ButtonLink to={`${paths.members(org)}?leave`} isSmall>
        {words.leave}
      </ButtonLink>
    );
  }
  if (!mayRemove) return null;
  return (
    <ButtonLink to={`${paths.members(org)}?remove=${member.uuid}`} isSmall>
      {words.remove}
      <span className="visually-hidden"> {member.email}</span>
    </ButtonLink>
  );
}
