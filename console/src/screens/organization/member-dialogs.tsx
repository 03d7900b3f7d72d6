import type { Member } from '../../../../client/schema.ts';
import { api, ask } from '../../api.ts';
import { ConfirmDialog } from '../../parts/confirm-dialog.tsx';
import { say } from '../../parts/status.tsx';
import { queryClient } from '../../query-client.ts';
import { useOrganization, useSession } from '../../session.tsx';
import { text } from '../../text/index.ts';

const words = text.members;

function remove(org: string, member: string): Promise<unknown> {
  return ask(
    api.DELETE('/auth/v2/organizations/{org}/members/{member}/', { params: { path: { org, member } }, body: {} }),
  );
}

export function RemoveMember({ member, onClose }: { member: Member; onClose: () => void }) {
  const { uuid: org, name } = useOrganization();
  return (
    <ConfirmDialog
      title={words.removal.title(member.email)}
      confirm={words.removal.submit}
      busy={words.removal.busy}
      keep={words.removal.keep}
      send={() => remove(org, member.uuid)}
      onDone={() => {
        void queryClient.invalidateQueries({ queryKey: ['members', org] });
        say(words.removal.done(member.email));
        onClose();
      }}
      onClose={onClose}
    >
      <p>{words.removal.body(name)}</p>
    </ConfirmDialog>
  );
}

/** Anybody may leave, but the last owner. */
export function LeaveOrganization({ members, onClose }: { members: readonly Member[]; onClose: () => void }) {
  const { uuid: org, name } = useOrganization();
  const { user } = useSession();
  const self = members.find(({ email }) => email === user.email);
  if (self === undefined) return null;
  return (
    <ConfirmDialog
      title={words.leaving.title(name)}
      confirm={words.leaving.submit}
      busy={words.leaving.busy}
      keep={words.leaving.keep}
      send={() => remove(org, self.uuid)}
      onDone={() => {
        // Nothing of the organization may be shown any longer.
        location.assign('/console/');
      }}
      onClose={onClose}
    >
      <p>{words.leaving.body}</p>
    </ConfirmDialog>
  );
}
