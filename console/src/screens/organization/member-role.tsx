import { useState } from 'react';
import type { Member } from '../../../../client/schema.ts';
import { api, ask, askWithEtag } from '../../api.ts';
import { ActionButton } from '../../parts/action-button.tsx';
import { say } from '../../parts/status.tsx';
import { queryClient } from '../../query-client.ts';
import type { Role } from '../../roles.ts';
import { roles } from '../../roles.ts';
import { refreshSession, useOrganization, useSession } from '../../session.tsx';
import { text } from '../../text/index.ts';

const words = text.members;

interface MemberRoleProps {
  member: Member;
  isLastOwner: boolean;
  mayChange: boolean;
}

/** A role as text, or to be changed with Save; that of the last owner says why it stays. */
export function MemberRole({ member, isLastOwner, mayChange }: MemberRoleProps) {
  const { may } = useOrganization();
  if (isLastOwner) {
    return (
      <span>
        {text.roles.names.owner}
        {may('changeOwners') && <span className="hint block">{words.lastOwner}</span>}
      </span>
    );
  }
  if (!mayChange) return <span>{text.roles.names[member.role]}</span>;
  // Another role that somebody gave meanwhile begins a new choice.
  return <RoleChoice key={member.role} member={member} />;
}

/** Null where somebody else was quicker. */
type Changed = Member | null;

function RoleChoice({ member }: { member: Member }) {
  const { uuid: org, may } = useOrganization();
  const { user } = useSession();
  const [role, setRole] = useState<Role>(member.role);
  const offered = roles.filter((name) => name !== 'owner' || may('changeOwners'));
  const path = { org, member: member.uuid };
  const send = async (): Promise<Changed> => {
    const { data, etag } = await askWithEtag(
      api.GET('/auth/v2/organizations/{org}/members/{member}/', { params: { path } }),
    );
    if (data.role !== member.role) return null;
    const params = { path, header: { 'if-match': etag } };
    return ask(api.PATCH('/auth/v2/organizations/{org}/members/{member}/', { params, body: { role } }));
  };
  const onDone = (changed: Changed) => {
    if (changed === null) say(words.changedMeanwhile(member.email), 'warning');
    else say(words.roleChanged(member.email, changed.role));
    void queryClient.invalidateQueries({ queryKey: ['members', org] });
    if (member.email === user.email) void refreshSession();
  };
  return (
    <span className="role-choice">
      <select
        className="input select"
        aria-label={words.roleOf(member.email)}
        value={role}
        onChange={(event) => {
          setRole(offered.find((name) => name === event.target.value) ?? member.role);
        }}
      >
        {offered.map((name) => (
          <option key={name} value={name}>
            {text.roles.names[name]}
          </option>
        ))}
      </select>
      {role !== member.role && (
        <ActionButton busy={text.edit.saving} label={words.saveRoleOf(member.email)} send={send} onDone={onDone}>
          {words.saveRole}
        </ActionButton>
      )}
    </span>
  );
}
