import { useState } from 'react';
import type { ApiClient } from '../../../../client/schema.ts';
import { api, ask } from '../../api.ts';
import { countText } from '../../count.ts';
import { Button } from '../../parts/button.tsx';
import { Icon } from '../../parts/icon.tsx';
import { Modal, ModalActions } from '../../parts/modal.tsx';
import { Notice, problemText } from '../../parts/notice.tsx';
import type { Column } from '../../parts/table.tsx';
import { text } from '../../text/index.ts';
import { refreshClients } from './client-queries.ts';

const words = text.clients.bulk;

export interface Selection {
  selected: ApiClient[];
  column: Column<ApiClient>;
  clear: () => void;
}

/** Which rows are chosen, among those that are shown. */
export function useSelection(rows: ApiClient[]): Selection {
  const [ids, setIds] = useState<ReadonlySet<string>>(new Set());
  const selected = rows.filter(({ client_id }) => ids.has(client_id));
  const toggle = (id: string, isOn: boolean) => {
    const next = new Set(ids);
    if (isOn) next.add(id);
    else next.delete(id);
    setIds(next);
  };
  return {
    selected,
    clear() {
      setIds(new Set());
    },
    column: {
      key: 'select',
      header: words.select,
      className: 'column-check',
      headerCell: (
        <input
          type="checkbox"
          aria-label={words.selectAll}
          checked={selected.length === rows.length && rows.length > 0}
          onChange={(event) => {
            setIds(new Set(event.target.checked ? rows.map(({ client_id }) => client_id) : []));
          }}
        />
      ),
      cell: ({ client_id, name }) => (
        <input
          type="checkbox"
          aria-label={words.selectOne(name)}
          checked={ids.has(client_id)}
          onChange={(event) => {
            toggle(client_id, event.target.checked);
          }}
        />
      ),
    },
  };
}

type Act = 'pause' | 'resume' | 'delete';

/** What can be done to all that are chosen. */
export function BulkBar({ org, selection }: { org: string; selection: Selection }) {
  const { selected, clear } = selection;
  const [open, setOpen] = useState<{ act: Act; clients: ApiClient[] } | null>(null);
  const start = (act: Act) => () => {
    setOpen({ act, clients: selected });
  };
  return (
    <>
      {selected.length > 0 && (
        <div className="bulk" role="group" aria-label={words.label}>
          <strong>{words.selected(selected.length)}</strong>
          <Button isSmall icon="pause" onClick={start('pause')}>
            {words.acts.pause}
          </Button>
          <Button isSmall icon="play" onClick={start('resume')}>
            {words.acts.resume}
          </Button>
          <Button isSmall icon="trash" onClick={start('delete')}>
            {words.acts.delete}…
          </Button>
          <Button kind="quiet" isSmall onClick={clear}>
            {words.clear}
          </Button>
        </div>
      )}
      {open !== null && (
        <BulkDialog
          {...open}
          org={org}
          onClose={() => {
            setOpen(null);
            clear();
          }}
        />
      )}
    </>
  );
}

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
function BulkDialog({ act, clients, org, onClose }: BulkDialogProps) {
  const [results, setResults] = useState<Result[] | null>(null);
  const [confirmed, setConfirmed] = useState('');
  const [isAsked, setAsked] = useState(false);
  const count = countText(clients.length, words.clients);
  const isRunning = results !== null && results.length < clients.length;
  const isHeld = act === 'delete' && confirmed.trim() !== String(clients.length);

  async function run(): Promise<void> {
    setAsked(true);
    if (isHeld) return;
    const done: Result[] = [];
    setResults([]);
    for (const client of clients) {
      done.push({ name: client.name, problem: await doOne(org, client, act) });
      setResults([...done]);
    }
    await refreshClients(org);
  }

  return (
    <Modal title={words.titles[act](count)} onClose={onClose} isLocked={isRunning}>
      {results === null ? (
        <>
          <p>{words.bodies[act]}</p>
          <ul className="bulk-names">
            {clients.map(({ client_id, name, environment }) => (
              <li key={client_id}>
                <span className="truncate">{name}</span> <span className="hint">{text.environments[environment]}</span>
              </li>
            ))}
          </ul>
          {act === 'delete' && (
            <label className="field">
              <span>{words.typeCount(clients.length)}</span>
              <input
                className="input"
                inputMode="numeric"
                autoComplete="off"
                value={confirmed}
                onChange={(event) => {
                  setConfirmed(event.target.value);
                }}
              />
            </label>
          )}
          {isAsked && isHeld && (
            <Notice kind="danger" role="alert">
              {words.typeCount(clients.length)}
            </Notice>
          )}
          <ModalActions>
            <Button kind={act === 'delete' ? 'danger' : 'primary'} onClick={() => void run()}>
              {words.buttons[act](count)}
            </Button>
            <Button autoFocus onClick={onClose}>
              {words.keep}
            </Button>
          </ModalActions>
        </>
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
