import { useId, useState } from 'react';
import { useLocation } from 'wouter';
import type { AuditEvent } from '../../../../client/schema.ts';
import { Button } from '../../parts/button.tsx';
import { Icon } from '../../parts/icon.tsx';
import { paths, withQuery } from '../../paths.ts';
import { findSecret } from '../../pasted-secret.ts';
import { useOrganization, useSession } from '../../session.tsx';
import { text } from '../../text/index.ts';
import { wordFor } from '../../text/word.ts';
import { auditActions, auditFilterNames } from './audit-filters.ts';
import type { AuditFilterName, AuditFilters } from './audit-filters.ts';

const words = text.audit.filters;

interface FilterProps {
  filters: AuditFilters;
  /** Those that are shown: whoever acted in them can be chosen. */
  events: readonly AuditEvent[];
}

function useFilterChange(filters: AuditFilters): (changes: AuditFilters) => void {
  const { uuid: org } = useOrganization();
  const [, navigate] = useLocation();
  return (changes) => {
    navigate(withQuery(paths.audit(org), { ...filters, ...changes }));
  };
}

/** On a narrow screen the fields are folded behind one button: the log itself is what one came for. */
export function AuditFilterBar({ filters, events }: FilterProps) {
  const [isOpen, setOpen] = useState(false);
  const id = useId();
  return (
    <search className="audit-filters">
      <button
        type="button"
        className="button button-secondary audit-filters-toggle"
        aria-expanded={isOpen}
        aria-controls={id}
        onClick={() => {
          setOpen(!isOpen);
        }}
      >
        <Icon name="filter" />
        {words.open}
        <Icon name="down" />
      </button>
      <div id={id} className="audit-filter-fields">
        <AuditFilterFields filters={filters} events={events} />
      </div>
      <AuditChips filters={filters} events={events} />
    </search>
  );
}

function AuditFilterFields({ filters, events }: FilterProps) {
  const change = useFilterChange(filters);
  const actors = useActors(events);
  return (
    <>
      <FilterSelect
        label={words.action}
        any={words.anyAction}
        value={filters.action}
        options={auditActions.map((action) => [action, wordFor(text.events.actions, action)])}
        onValue={(action) => {
          change({ action });
        }}
      />
      <FilterSelect
        label={words.actor}
        any={words.anyActor}
        value={filters.actor}
        options={withValue([...actors], filters.actor)}
        onValue={(actor) => {
          change({ actor });
        }}
      />
      <TargetField
        key={filters.target ?? ''}
        value={filters.target ?? ''}
        onValue={(target) => {
          change({ target });
        }}
      />
      {(['from', 'to'] as const).map((name) => (
        <label key={name} className="audit-filter">
          <span>{words[name]}</span>
          <input
            type="date"
            className="input"
            value={filters[name] ?? ''}
            onChange={(event) => {
              change({ [name]: event.target.value });
            }}
          />
        </label>
      ))}
    </>
  );
}

/** What narrows the list, each to be taken away. */
function AuditChips({ filters, events }: FilterProps) {
  const change = useFilterChange(filters);
  const actors = useActors(events);
  const names = auditFilterNames.filter((name) => filters[name] !== undefined);
  if (names.length === 0) return null;
  const labelOf = (name: AuditFilterName): string => {
    const value = filters[name] ?? '';
    if (name === 'action') return wordFor(text.events.actions, value);
    if (name === 'actor') return actors.get(value) ?? value;
    return `${words[name]}: ${value}`;
  };
  return (
    <ul className="chips">
      {names.map((name) => (
        <li key={name}>
          <button
            type="button"
            className="chip"
            aria-label={words.remove(labelOf(name))}
            onClick={() => {
              change({ [name]: '' });
            }}
          >
            {labelOf(name)}
            <Icon name="close" />
          </button>
        </li>
      ))}
      <li>
        <Button
          kind="quiet"
          isSmall
          onClick={() => {
            change(Object.fromEntries(auditFilterNames.map((name) => [name, ''])));
          }}
        >
          {words.clear}
        </Button>
      </li>
    </ul>
  );
}

/** Ids and names of whoever acted, oneself first. */
function useActors(events: readonly AuditEvent[]): Map<string, string> {
  const { user } = useSession();
  const found = events.flatMap(({ actor: { id, email } }) => (id === null ? [] : [[id, email ?? id] as const]));
  return new Map([[user.uuid, user.email], ...found]);
}

/** One that the URL names stays, also where none of its events is shown. */
function withValue(options: [string, string][], value: string | undefined): [string, string][] {
  return value === undefined || options.some(([id]) => id === value) ? options : [...options, [value, value]];
}

interface SelectProps {
  label: string;
  any: string;
  value: string | undefined;
  options: readonly (readonly [value: string, label: string])[];
  onValue: (value: string) => void;
}

function FilterSelect({ label, any, value = '', options, onValue }: SelectProps) {
  return (
    <label className="audit-filter">
      <span>{label}</span>
      <select
        className="input select"
        value={value}
        onChange={(event) => {
          onValue(event.target.value);
        }}
      >
        <option value="">{any}</option>
        {options.map(([option, name]) => (
          <option key={option} value={option}>
            {name}
          </option>
        ))}
      </select>
    </label>
  );
}

function TargetField({ value, onValue }: { value: string; onValue: (value: string) => void }) {
  const [typed, setTyped] = useState(value);
  const [isSecret, setSecret] = useState(false);
  return (
    <form
      className="audit-filter"
      onSubmit={(event) => {
        event.preventDefault();
        onValue(typed.trim());
      }}
    >
      <label>
        <span>{words.target}</span>
        <input
          type="search"
          className="input"
          placeholder={words.targetHint}
          autoComplete="off"
          spellCheck={false}
          value={typed}
          onChange={({ target }) => {
            const isFound = findSecret(target.value)?.isOurs === true;
            setSecret(isFound);
            setTyped(isFound ? '' : target.value);
          }}
          onBlur={() => {
            if (typed.trim() !== value) onValue(typed.trim());
          }}
        />
      </label>
      <p className="hint" role="status">
        {isSecret && words.noSecret}
      </p>
    </form>
  );
}
