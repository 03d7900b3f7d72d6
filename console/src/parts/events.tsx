import type { AuditEvent } from '../../../client/schema.ts';
import { text } from '../text/index.ts';
import { wordFor } from '../text/word.ts';
import { Table } from './table.tsx';
import type { Column } from './table.tsx';
import { Time } from './time.tsx';

const words = text.events;

const when: Column<AuditEvent> = {
  key: 'at',
  header: words.at,
  isTitle: true,
  cell: ({ at }) => <Time at={at} isExact />,
};
const who: Column<AuditEvent> = {
  key: 'actor',
  header: words.actor,
  className: 'column-who',
  cell: ({ actor }) => {
    const name = actor.email ?? actor.id ?? words.actors[actor.type];
    return (
      <span className="truncate block" title={name}>
        {name}
      </span>
    );
  },
};
const what: Column<AuditEvent> = {
  key: 'action',
  className: 'column-event',
  header: words.action,
  cell: (event) => (
    <div className="event">
      <span>{wordFor(words.actions, event.action)}</span>
      <EventChanges changes={event.changes} />
    </div>
  ),
};
const which: Column<AuditEvent> = {
  key: 'target',
  header: words.target,
  className: 'column-what',
  cell: ({ target }) => (
    <span className="clamp" title={target.name === null ? target.id : `${target.name} (${target.id})`}>
      {target.name ?? target.id}
    </span>
  ),
};
const where: Column<AuditEvent> = {
  key: 'ip',
  header: words.address,
  cell: ({ ip }) => (ip === null ? words.command : <code>{ip}</code>),
};

interface EventsProps {
  events: readonly AuditEvent[];
  caption: string;
  /** Without what it was done to, where all of them are of one thing. */
  isOfOne?: boolean;
}

/** Audit events as a table: when, who, what in words with what changed, to what, from where. */
export function Events({ events, caption, isOfOne = false }: EventsProps) {
  const columns = isOfOne ? [when, who, what, where] : [when, who, what, which, where];
  return <Table caption={caption} columns={columns} rows={events} keyOf={({ uuid }) => uuid} />;
}

function EventChanges({ changes }: { changes: AuditEvent['changes'] }) {
  const fields = Object.entries(changes);
  if (fields.length === 0) return null;
  return (
    <details className="event-changes">
      <summary>{words.changes(fields.length)}</summary>
      <dl>
        {fields.map(([field, { from, to }]) => (
          <div key={field}>
            <dt>{field}</dt>
            <dd>
              {from !== null && (
                <del>
                  <span className="visually-hidden">{words.before} </span>
                  {valueText(from)}
                </del>
              )}
              <ins>
                <span className="visually-hidden">{words.after} </span>
                {valueText(to)}
              </ins>
            </dd>
          </div>
        ))}
      </dl>
    </details>
  );
}

function valueText(value: unknown): string {
  if (value === null || value === undefined) return text.none;
  if (Array.isArray(value)) return value.length === 0 ? text.none : value.map(String).join(', ');
  return typeof value === 'string' ? value : JSON.stringify(value);
}
