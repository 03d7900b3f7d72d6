import { useState } from 'react';
import type { ApiClient } from '../../../../client/schema.ts';
import { api, ask } from '../../api.ts';
import { countText } from '../../count.ts';
import { EnvironmentBadge } from '../../parts/badge.tsx';
import { Button } from '../../parts/button.tsx';
import { TextField } from '../../parts/field.tsx';
import { Form, FormProblems, SubmitButton } from '../../parts/form.tsx';
import { Icon } from '../../parts/icon.tsx';
import { Modal, ModalActions } from '../../parts/modal.tsx';
import { problemText } from '../../parts/notice.tsx';
import { Time } from '../../parts/time.tsx';
import { useSubmission } from '../../parts/submission.ts';
import { text } from '../../text/index.ts';
import { refreshClients } from './client-queries.ts';

const words = text.clients.bulk;

/** What is done to several. */
export type Act = 'pause' | 'resume' | 'delete';

interface Result {
  name: string;
  /** Null where it was done. */
  problem: Error | null;
}

interface BulkDialogProps {
  act: Act;
  clients: ApiClient[];
  org: string;
  onClose: () => void;
}

/** One request after the other, and what became of each. */
export default function BulkDialog({ act, clients, org, onClose }: BulkDialogProps) {
  const [results, setResults] = useState<Result[] | null>(null);
  const [typed, setTyped] = useState('');
  const isRunning = results !== null && results.length < clients.length;

  async function run(): Promise<void> {
    const done: Result[] = [];
    setResults([]);
    for (const client of clients) {
      done.push({ name: client.name, problem: await doOne(org, client, act) });
      setResults([...done]);
    }
    await refreshClients(org);
  }

  return (
    <Modal
      title={words.titles[act](countText(clients.length, words.clients))}
      onClose={onClose}
      isDirty={typed !== ''}
      isLocked={isRunning}
    >
      {results === null ? (
        <BulkForm {...{ act, clients, typed, onClose }} onTyped={setTyped} onGo={() => void run()} />
      ) : (
        <>
          <progress max={clients.length} value={results.length} aria-label={words.progress} />
          <ul className="bulk-names" aria-live="polite">
            {results.map(({ name, problem }, place) => (
              <li key={place}>
                <Icon name={problem === null ? 'check' : 'error'} />
                <span className="truncate">{name}</span>
                <span className={problem === null ? 'hint' : 'bulk-failed'}>
                  {problem === null ? words.done[act] : problemText(problem)}
                </span>
              </li>
            ))}
          </ul>
          {!isRunning && (
            <ModalActions>
              <Button kind="primary" autoFocus onClick={onClose}>
                {text.close}
              </Button>
            </ModalActions>
          )}
        </>
      )}
    </Modal>
  );
}

interface BulkFormProps extends Pick<BulkDialogProps, 'act' | 'clients' | 'onClose'> {
  typed: string;
  onTyped: (typed: string) => void;
  onGo: () => void;
}

/** Which ones they are; how many, before they are deleted. */
function BulkForm({ act, clients, typed, onTyped, onGo, onClose }: BulkFormProps) {
  const submission = useSubmission({
    check: () =>
      act === 'delete' && typed.trim() !== String(clients.length)
        ? [{ field: 'count', detail: words.countIsOther }]
        : [],
    send: () => Promise.resolve(),
    onDone: onGo,
  });
  return (
    <Form submission={submission}>
      <FormProblems />
      <p>{words.bodies[act]}</p>
      <ul className="bulk-names">
        {clients.map(({ client_id, name, environment, last_used_at: used }) => (
          <li key={client_id}>
            <EnvironmentBadge environment={environment} />
            <span className="truncate" title={name}>
              {name}
            </span>
            <span className="hint">
              {text.clients.columns.lastUsed}: {used === null ? text.never : <Time at={used} />}
            </span>
          </li>
        ))}
      </ul>
      {act === 'delete' && (
        <TextField
          name="count"
          label={words.count}
          hint={words.typeCount(clients.length)}
          inputMode="numeric"
          autoComplete="off"
          value={typed}
          onValue={onTyped}
        />
      )}
      <ModalActions>
        <SubmitButton kind={act === 'delete' ? 'danger' : 'primary'} busy={words.progress}>
          {words.buttons[act](countText(clients.length, words.clients))}
        </SubmitButton>
        <Button autoFocus onClick={onClose}>
          {words.keep}
        </Button>
      </ModalActions>
    </Form>
  );
}

async function doOne(org: string, { client_id }: ApiClient, act: Act): Promise<Error | null> {
  const params = { path: { org, client_id } };
  const url = '/auth/v2/organizations/{org}/api-clients/{client_id}/';
  try {
    if (act === 'delete') await ask(api.DELETE(url, { params }));
    else await ask(api.PATCH(url, { params, body: { status: act === 'pause' ? 'paused' : 'active' } }));
    return null;
  } catch (err) {
    return err instanceof Error ? err : new Error(String(err));
  }
}
