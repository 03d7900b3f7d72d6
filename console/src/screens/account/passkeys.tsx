import { useState } from 'react';
import { useSearchParams } from 'wouter';
import type { Passkey, PasskeyCreated } from '../../../../client/schema.ts';
import { api, ask } from '../../api.ts';
import { Button, ButtonLink } from '../../parts/button.tsx';
import { TextField } from '../../parts/field.tsx';
import { Form, FormProblems, SubmitButton } from '../../parts/form.tsx';
import { rowsOf, ShowMore, useList } from '../../parts/list.tsx';
import { Modal, ModalActions } from '../../parts/modal.tsx';
import { ProblemNotice } from '../../parts/notice.tsx';
import { Section } from '../../parts/section.tsx';
import { Loaded } from '../../parts/states.tsx';
import { say } from '../../parts/status.tsx';
import { useSubmission } from '../../parts/submission.ts';
import { Table } from '../../parts/table.tsx';
import type { Column } from '../../parts/table.tsx';
import { Time } from '../../parts/time.tsx';
import { queryClient } from '../../query-client.ts';
import { text } from '../../text/index.ts';
import { canUsePasskeys, createPasskey } from '../../webauthn.ts';
import { ACCOUNT } from './account-query.ts';
import { RecoveryCodesStep } from './recovery-codes.tsx';
import { dialogPath } from './second-factor.tsx';

const words = text.account.passkeys;

export function Passkeys() {
  const [params, setParams] = useSearchParams();
  const [removed, setRemoved] = useState<Passkey | null>(null);
  const query = useList<Passkey>({
    queryKey: [...ACCOUNT, 'passkeys'],
    read: (page) => ask(api.GET('/auth/v2/account/passkeys/', { params: { query: page } })),
  });
  const columns: Column<Passkey>[] = [
    {
      key: 'name',
      header: words.columns.name,
      isTitle: true,
      cell: ({ name }) => <span className="break">{name}</span>,
    },
    { key: 'created', header: words.columns.created, cell: ({ created_at: at }) => <Time at={at} /> },
    {
      key: 'used',
      header: words.columns.used,
      cell: ({ last_used_at: at }) => (at === null ? text.never : <Time at={at} />),
    },
    {
      key: 'actions',
      header: words.columns.actions,
      isHeaderHidden: true,
      align: 'end',
      cell: (passkey) => (
        <Button
          isSmall
          aria-label={words.removeNamed(passkey.name)}
          onClick={() => {
            setRemoved(passkey);
          }}
        >
          {words.remove}
        </Button>
      ),
    },
  ];
  return (
    <Section
      title={words.title}
      intro={words.intro}
      actions={
        canUsePasskeys() && (
          <ButtonLink to={dialogPath('passkey')} icon="plus">
            {words.add}
          </ButtonLink>
        )
      }
    >
      {!canUsePasskeys() && <p className="hint">{words.unsupported}</p>}
      <Loaded query={query}>
        {(pages) => {
          const rows = rowsOf(pages);
          if (rows.length === 0) return <p className="hint">{words.none}</p>;
          return (
            <>
              <Table caption={words.title} columns={columns} rows={rows} keyOf={({ uuid }) => uuid} />
              <ShowMore query={query} shown={rows.length} />
            </>
          );
        }}
      </Loaded>
      {params.get('dialog') === 'passkey' && (
        <AddPasskey
          onClose={() => {
            setParams({}, { replace: true });
          }}
        />
      )}
      {removed !== null && (
        <RemovePasskey
          passkey={removed}
          onClose={() => {
            setRemoved(null);
          }}
        />
      )}
    </Section>
  );
}

function AddPasskey({ onClose }: { onClose: () => void }) {
  const [name, setName] = useState('');
  const [codes, setCodes] = useState<string[] | null>(null);
  const submission = useSubmission({
    check: () => (name.trim() === '' ? [{ field: 'name', detail: text.form.isMissing }] : []),
    send: async () => {
      const options = await ask(api.POST('/auth/v2/account/passkeys/options/', { body: {} }));
      const credential = await createPasskey(options);
      return ask(api.POST('/auth/v2/account/passkeys/', { body: { name: name.trim(), credential } }));
    },
    onDone: ({ name: added, recovery_codes: made }: PasskeyCreated) => {
      say(words.added(added));
      void queryClient.invalidateQueries({ queryKey: ACCOUNT });
      if (made === null) onClose();
      else setCodes(made);
    },
  });
  if (codes !== null) return <RecoveryCodesStep codes={codes} onDone={onClose} />;
  return (
    <Modal title={words.addTitle} onClose={onClose} isDirty={name !== ''}>
      <p>{words.addBody}</p>
      <Form submission={submission}>
        <FormProblems />
        <TextField name="name" label={words.name} autoFocus value={name} onValue={setName} />
        <ModalActions>
          <SubmitButton busy={words.busy}>{words.submit}</SubmitButton>
          <Button onClick={onClose}>{text.cancel}</Button>
        </ModalActions>
      </Form>
    </Modal>
  );
}

function RemovePasskey({ passkey, onClose }: { passkey: Passkey; onClose: () => void }) {
  const { isBusy, problem, submit } = useSubmission({
    send: () =>
      ask(
        api.DELETE('/auth/v2/account/passkeys/{passkey}/', { params: { path: { passkey: passkey.uuid } }, body: {} }),
      ),
    onDone: () => {
      say(words.removed(passkey.name));
      void queryClient.invalidateQueries({ queryKey: ACCOUNT });
      onClose();
    },
  });
  return (
    <Modal title={words.removeTitle(passkey.name)} onClose={onClose}>
      {problem !== null && <ProblemNotice problem={problem} />}
      <p>{words.removeBody}</p>
      <ModalActions>
        <Button kind="danger" busy={isBusy && words.removeBusy} onClick={submit}>
          {words.removeSubmit}
        </Button>
        <Button autoFocus onClick={onClose}>
          {words.keep}
        </Button>
      </ModalActions>
    </Modal>
  );
}
