import { useState } from 'react';
import type { InviteResults } from '../../../../client/schema.ts';
import { api, ask } from '../../api.ts';
import { leave, useLeaveGuard } from '../../leaving.ts';
import { Button } from '../../parts/button.tsx';
import { RadioField, TextAreaField } from '../../parts/field.tsx';
import { Form, FormProblems, SubmitButton } from '../../parts/form.tsx';
import { Icon } from '../../parts/icon.tsx';
import { Modal, ModalActions } from '../../parts/modal.tsx';
import { say } from '../../parts/status.tsx';
import { useRepeatable, useSubmission } from '../../parts/submission.ts';
import type { Fault } from '../../problem.ts';
import { queryClient } from '../../query-client.ts';
import type { Role } from '../../roles.ts';
import { roles } from '../../roles.ts';
import { useOrganization } from '../../session.tsx';
import { text } from '../../text/index.ts';

const words = text.members.invitation;
const MOST = 5;

/** One to five addresses, one role; then what became of each. */
export function InviteMembers({ onClose }: { onClose: () => void }) {
  const { name } = useOrganization();
  const [typed, setTyped] = useState('');
  const [results, setResults] = useState<InviteResults['results'] | null>(null);
  const isDirty = typed.trim() !== '' && results === null;
  useLeaveGuard(isDirty ? text.leaving : null);
  const close = () => {
    leave(onClose);
  };
  return (
    <Modal title={words.title(name)} isDirty={isDirty} onClose={close}>
      {results === null ? (
        <InviteForm typed={typed} onTyped={setTyped} onCancel={close} onDone={setResults} />
      ) : (
        <Results results={results} onClose={onClose} />
      )}
    </Modal>
  );
}

interface InviteFormProps {
  typed: string;
  onTyped: (typed: string) => void;
  onCancel: () => void;
  onDone: (results: InviteResults['results']) => void;
}

function InviteForm({ typed, onTyped, onCancel, onDone }: InviteFormProps) {
  const { uuid: org, may } = useOrganization();
  const [role, setRole] = useState<Role | null>(null);
  const sendOnce = useRepeatable(toBody);
  const offered = roles.filter((name) => name !== 'owner' || may('changeOwners')).toReversed();
  const submission = useSubmission({
    check: () => check(typed, role),
    send: () =>
      sendOnce({ typed, role }, ({ body, header }) =>
        ask(api.POST('/auth/v2/organizations/{org}/members/invite/', { params: { path: { org }, header }, body })),
      ),
    onDone: ({ results }) => {
      void queryClient.invalidateQueries({ queryKey: ['members', org] });
      say(words.done(results.filter(({ result }) => result === 'invited').length), 'quiet');
      onDone(results);
    },
  });
  return (
    <Form submission={submission}>
      <FormProblems />
      <TextAreaField
        autoFocus
        name="emails"
        label={words.emails}
        hint={words.emailsHint}
        value={typed}
        onValue={onTyped}
      />
      <RadioField
        name="role"
        label={words.role}
        value={role}
        onValue={setRole}
        choices={offered.map((name) => ({
          value: name,
          label: text.roles.names[name],
          hint: text.members.sentences[name],
        }))}
      />
      <p className="hint">{words.what}</p>
      <ModalActions>
        <SubmitButton busy={words.busy}>{words.submit}</SubmitButton>
        <Button onClick={onCancel}>{text.cancel}</Button>
      </ModalActions>
    </Form>
  );
}

function toBody({ typed, role }: { typed: string; role: Role | null }) {
  return { emails: addressesIn(typed), role: role ?? 'reader' };
}

function addressesIn(typed: string): string[] {
  return [...new Set(typed.split(/[\s,;]+/).filter((address) => address !== ''))];
}

function check(typed: string, role: Role | null): Fault[] {
  const count = addressesIn(typed).length;
  return [
    ...(count === 0 ? [{ field: 'emails', detail: text.form.isMissing }] : []),
    ...(count > MOST ? [{ field: 'emails', detail: words.tooMany(count, MOST) }] : []),
    ...(role === null ? [{ field: 'role', detail: words.noRole }] : []),
  ];
}

function Results({ results, onClose }: { results: InviteResults['results']; onClose: () => void }) {
  return (
    <>
      <ul className="result-list" role="status">
        {results.map(({ email, result }) => (
          <li key={email} className={result === 'invited' ? 'is-good' : undefined}>
            <Icon name={result === 'invited' ? 'check' : 'info'} />
            <span className="break">{email}</span>
            <span className="hint">{words.results[result]}</span>
          </li>
        ))}
      </ul>
      <ModalActions>
        <Button kind="primary" autoFocus onClick={onClose}>
          {words.close}
        </Button>
      </ModalActions>
    </>
  );
}
