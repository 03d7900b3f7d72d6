import { useLocation, useSearchParams } from 'wouter';
import type { Invitation } from '../../../../client/schema.ts';
import { api, ask } from '../../api.ts';
import { ActionButton } from '../../parts/action-button.tsx';
import { ButtonLink } from '../../parts/button.tsx';
import { ConfirmDialog } from '../../parts/confirm-dialog.tsx';
import { rowsOf, ShowMore } from '../../parts/list.tsx';
import { Loaded } from '../../parts/states.tsx';
import { say } from '../../parts/status.tsx';
import { Table } from '../../parts/table.tsx';
import type { Column } from '../../parts/table.tsx';
import { Time } from '../../parts/time.tsx';
import { paths } from '../../paths.ts';
import { queryClient } from '../../query-client.ts';
import { useOrganization } from '../../session.tsx';
import { text } from '../../text/index.ts';
import { useInvitations } from './queries.ts';

const words = text.members.pending;

/** Who was invited and has not come yet; none, and nothing is drawn. */
export function PendingInvitations() {
  const { uuid: org, may } = useOrganization();
  const query = useInvitations(org);
  const [, navigate] = useLocation();
  const [params] = useSearchParams();
  return (
    <Loaded query={query} skeleton={null}>
      {(data) => {
        const rows = rowsOf(data);
        if (rows.length === 0) return null;
        const withdrawn = rows.find(({ uuid }) => uuid === params.get('withdraw'));
        return (
          <section className="list-section">
            <h2>{words.title}</h2>
            <Table
              caption={words.title}
              columns={columnsOf(org, may('changeOwners'))}
              rows={rows}
              keyOf={({ uuid }) => uuid}
            />
            <ShowMore query={query} shown={rows.length} />
            {withdrawn !== undefined && (
              <Withdraw
                invitation={withdrawn}
                onClose={() => {
                  navigate(paths.members(org));
                }}
              />
            )}
          </section>
        );
      }}
    </Loaded>
  );
}

function columnsOf(org: string, mayChangeOwners: boolean): Column<Invitation>[] {
  const names = words.columns;
  return [
    {
      key: 'email',
      header: names.email,
      className: 'column-email',
      cell: ({ email }) => (
        <span className="truncate strong block" title={email}>
          {email}
        </span>
      ),
    },
    { key: 'role', header: names.role, cell: ({ role }) => text.roles.names[role] },
    {
      key: 'by',
      header: names.by,
      className: 'column-who',
      cell: ({ invited_by: by }) => (
        <span className="truncate block" title={by ?? undefined}>
          {by ?? words.nobody}
        </span>
      ),
    },
    { key: 'sent', header: names.sent, align: 'end', cell: ({ sent_at: at }) => <Time at={at} /> },
    { key: 'expires', header: names.expires, align: 'end', cell: ({ expires_at: at }) => <Time at={at} /> },
    {
      key: 'actions',
      header: names.actions,
      isHeaderHidden: true,
      align: 'end',
      cell: (invitation) => (
        <span className="row-actions">
          {(invitation.role !== 'owner' || mayChangeOwners) && <SendAgain org={org} invitation={invitation} />}
          <ButtonLink to={`${paths.members(org)}?withdraw=${invitation.uuid}`} isSmall>
            {words.withdraw}
            <span className="visually-hidden"> {invitation.email}</span>
          </ButtonLink>
        </span>
      ),
    },
  ];
}

function SendAgain({ org, invitation }: { org: string; invitation: Invitation }) {
  const path = { org, invitation: invitation.uuid };
  return (
    <ActionButton
      busy={words.sending}
      label={words.sendAgainTo(invitation.email)}
      send={() =>
        ask(api.POST('/auth/v2/organizations/{org}/members/pending/{invitation}/', { params: { path }, body: {} }))
      }
      onDone={() => {
        void queryClient.invalidateQueries({ queryKey: ['members', org, 'pending'] });
        say(words.sent(invitation.email));
      }}
    >
      {words.sendAgain}
    </ActionButton>
  );
}

function Withdraw({ invitation, onClose }: { invitation: Invitation; onClose: () => void }) {
  const { uuid: org } = useOrganization();
  const { email, uuid } = invitation;
  return (
    <ConfirmDialog
      title={words.withdrawal.title(email)}
      confirm={words.withdrawal.submit}
      busy={words.withdrawal.busy}
      keep={words.withdrawal.keep}
      send={() =>
        ask(
          api.DELETE('/auth/v2/organizations/{org}/members/pending/{invitation}/', {
            params: { path: { org, invitation: uuid } },
          }),
        )
      }
      onDone={() => {
        void queryClient.invalidateQueries({ queryKey: ['members', org, 'pending'] });
        say(words.withdrawal.done(email));
        onClose();
      }}
      onClose={onClose}
    >
      <p>{words.withdrawal.body}</p>
    </ConfirmDialog>
  );
}
