import { useState } from 'react';
import type { ApiClient, Secret } from '../../../../client/schema.ts';
import { api, ask } from '../../api.ts';
import { Badge } from '../../parts/badge.tsx';
import { Button } from '../../parts/button.tsx';
import { CheckField } from '../../parts/field.tsx';
import { Form, FormProblems, SubmitButton } from '../../parts/form.tsx';
import { Modal, ModalActions } from '../../parts/modal.tsx';
import { Notice } from '../../parts/notice.tsx';
import { Section } from '../../parts/section.tsx';
import { Loaded } from '../../parts/states.tsx';
import { say } from '../../parts/status.tsx';
import { useSubmission } from '../../parts/submission.ts';
import { Table } from '../../parts/table.tsx';
import type { Column } from '../../parts/table.tsx';
import { Time } from '../../parts/time.tsx';
import { useOrganization } from '../../session.tsx';
import { text } from '../../text/index.ts';
import type { TabProps } from './client-detail.tsx';
import { refreshClients, useSecrets } from './client-queries.ts';
import { SecretEnd } from './secret-end.tsx';

const words = text.clients.secrets;
const tones = { active: 'good', retiring: 'warning', expired: 'neutral', revoked: 'neutral' } as const;

export function ClientSecrets({ client: versioned, rights }: TabProps) {
  const { uuid: org } = useOrganization();
  const { data: client } = versioned;
  const query = useSecrets(org, client.client_id);
  const [open, setOpen] = useState<Open | null>(null);
  const close = () => {
    setOpen(null);
  };
  return (
    <Section title={words.title} intro={words.intro}>
      <Loaded query={query}>
        {(secrets) => {
          const usable = secrets.filter(isUsable);
          const ended = secrets.filter((secret) => !isUsable(secret));
          const isRotating = usable.length > 1 && rights.mayControl;
          return (
            <>
              {usable.length === 0 ? (
                <Notice>{words.none}</Notice>
              ) : (
                <Table
                  caption={words.title}
                  columns={[...columns, until, ...(isRotating ? [actOf(setOpen)] : [])]}
                  rows={usable}
                  keyOf={({ uuid }) => uuid}
                />
              )}
              {ended.length > 0 && (
                <details className="fold">
                  <summary>{words.endedSecrets(ended.length)}</summary>
                  <Table
                    caption={words.endedSecrets(ended.length)}
                    columns={[...columns, end]}
                    rows={ended}
                    keyOf={({ uuid }) => uuid}
                  />
                </details>
              )}
            </>
          );
        }}
      </Loaded>
      {open?.act === 'refuse' && <EndSecret client={client} secret={open.secret} onClose={close} />}
      {open?.act === 'move' && <SecretEnd client={versioned} secret={open.secret} onClose={close} />}
    </Section>
  );
}

/** The dialog that is open: refuses a secret, or moves its end. */
interface Open {
  act: 'refuse' | 'move';
  secret: Secret;
}

function isUsable({ status }: Secret): boolean {
  return status === 'active' || status === 'retiring';
}

const columns: Column<Secret>[] = [
  { key: 'hint', header: words.hint, isTitle: true, cell: ({ hint }) => <code className="nowrap">…{hint}</code> },
  {
    key: 'status',
    header: words.status,
    cell: ({ status }) => <Badge tone={tones[status]}>{words.statuses[status]}</Badge>,
  },
  {
    key: 'created',
    className: 'column-moment',
    header: words.created,
    cell: ({ created_at: at, created_by: by }) => (
      <>
        <Time at={at} />
        {by !== null && <span className="hint block break">{text.clients.detail.by(by)}</span>}
      </>
    ),
  },
  {
    key: 'used',
    header: words.lastUsed,
    cell: ({ last_used_at: at, last_used_ip: ip }) =>
      at === null ? (
        <span className="hint">{text.never}</span>
      ) : (
        <>
          <Time at={at} />
          {ip !== null && <span className="hint block">{words.from(ip)}</span>}
        </>
      ),
  },
];

const until: Column<Secret> = {
  key: 'until',
  className: 'column-moment',
  header: words.worksUntil,
  cell: ({ expires_at: at }) => (at === null ? <span className="hint">{text.never}</span> : <Time at={at} isExact />),
};

const end: Column<Secret> = {
  key: 'ended',
  className: 'column-moment',
  header: words.ended,
  cell: ({ ended_at: at, ended_by: by }) => (
    <>
      {at !== null && <Time at={at} isExact />}
      {by !== null && <span className="hint block break">{text.clients.detail.by(by)}</span>}
    </>
  ),
};

function actOf(onOpen: (open: Open) => void): Column<Secret> {
  return {
    key: 'act',
    className: 'column-act',
    header: words.act,
    isHeaderHidden: true,
    align: 'end',
    cell: (secret) => (
      <div className="row">
        {secret.status === 'retiring' && (
          <Button
            isSmall
            onClick={() => {
              onOpen({ act: 'move', secret });
            }}
          >
            {words.moveEnd}
          </Button>
        )}
        <Button
          isSmall
          onClick={() => {
            onOpen({ act: 'refuse', secret });
          }}
        >
          {secret.status === 'retiring' ? words.revokeOld : words.cancel}
        </Button>
      </div>
    ),
  };
}

interface EndSecretProps {
  client: ApiClient;
  secret: Secret;
  onClose: () => void;
}

/** Ends the old one before its time, or the new one, which cancels the rotation. */
function EndSecret({ client, secret, onClose }: EndSecretProps) {
  const { uuid: org } = useOrganization();
  const [isInUse, setInUse] = useState(false);
  const [force, setForce] = useState(false);
  const isOld = secret.status === 'retiring';
  const submission = useSubmission({
    send: () =>
      ask(
        api.DELETE('/auth/v2/organizations/{org}/api-clients/{client_id}/secrets/{secret}/', {
          params: {
            path: { org, client_id: client.client_id, secret: secret.uuid },
            query: force ? { force: true } : {},
          },
        }),
      ),
    onDone() {
      onClose();
      void refreshClients(org);
      say(isOld ? words.revoked : words.cancelled);
    },
    onProblem({ code }) {
      if (code === 'secret_in_use') setInUse(true);
      return code === 'secret_in_use';
    },
  });
  return (
    <Modal
      title={isOld ? words.revokeTitle(secret.hint) : words.cancelTitle(secret.hint)}
      environment={client.environment}
      onClose={onClose}
    >
      <Form submission={submission}>
        <FormProblems />
        <p>{isOld ? words.revokeBody : words.cancelBody}</p>
        {isInUse && (
          <Notice kind="warning" role="alert">
            <p>{words.inUse}</p>
            <CheckField name="force" label={words.force} isOn={force} onValue={setForce} />
          </Notice>
        )}
        <ModalActions>
          <SubmitButton kind="danger" busy={words.busy}>
            {isOld ? words.revokeOld : words.cancel}
          </SubmitButton>
          <Button autoFocus onClick={onClose}>
            {words.keep}
          </Button>
        </ModalActions>
      </Form>
    </Modal>
  );
}
