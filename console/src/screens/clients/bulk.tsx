import { lazy, Suspense, useState } from 'react';
import type { ApiClient } from '../../../../client/schema.ts';
import { chunk } from '../../chunks.ts';
import { Button } from '../../parts/button.tsx';
import type { Column } from '../../parts/table.tsx';
import { text } from '../../text/index.ts';
import type { Act } from './bulk-dialog.tsx';

// With all the parts of a form: the list does not wait for it.
const BulkDialog = lazy(chunk(() => import('./bulk-dialog.tsx')));
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
        <Suspense fallback={null}>
          <BulkDialog
            {...open}
            org={org}
            onClose={() => {
              setOpen(null);
              clear();
            }}
          />
        </Suspense>
      )}
    </>
  );
}
