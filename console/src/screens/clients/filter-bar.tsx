import type { ChangeEvent } from 'react';
import { useEffect, useRef, useState } from 'react';
import { Button } from '../../parts/button.tsx';
import { Icon } from '../../parts/icon.tsx';
import { Menu } from '../../parts/menu.tsx';
import { findSecret } from '../../pasted-secret.ts';
import type { Hint } from '../../pasted-secret.ts';
import { useShortcut } from '../../shortcuts.tsx';
import { text } from '../../text/index.ts';
import { wordFor } from '../../text/word.ts';
import { EXPIRING_DAYS, UNUSED_DAYS } from './client-filters.ts';
import type { FilterName, Filters } from './client-filters.ts';
import { useApplications, usePermissions } from './client-queries.ts';

const words = text.clients.filters;
const TYPING_MS = 250;

interface FilterBarProps {
  org: string;
  filters: Filters;
  onChange: (changes: Partial<Record<FilterName, string | null>>) => void;
}

/** Search and filters of the list; all of it stands in the URL. */
export function FilterBar({ org, filters, onChange }: FilterBarProps) {
  const applications = useApplications(org).data ?? [];
  const permissions = usePermissions().data ?? [];
  const chips = chipsOf(filters, (id) => applications.find(({ uuid }) => uuid === id)?.name ?? id);
  const set = (name: FilterName) => (value: string) => {
    onChange({ [name]: value === '' ? null : value });
  };
  return (
    <search className="filters">
      <div className="filter-row">
        <SearchField value={filters.q ?? ''} onSearch={set('q')} />
        <FilterSelect
          label={words.environment}
          value={filters.environment}
          options={[
            ['live', text.environments.live],
            ['staging', text.environments.staging],
          ]}
          onValue={set('environment')}
        />
        <FilterSelect
          label={words.status}
          value={filters.status}
          options={[
            ['active', words.active],
            ['paused', words.paused],
          ]}
          onValue={set('status')}
        />
        <Menu
          className="button button-secondary"
          align="end"
          button={
            <>
              <Icon name="filter" />
              <span className="filter-more">{words.more}</span>
            </>
          }
        >
          <div className="filter-menu">
            <FilterSelect
              label={words.application}
              value={filters.application}
              options={[['none', words.noApplication], ...applications.map(({ uuid, name }) => [uuid, name] as const)]}
              onValue={set('application')}
            />
            <FilterSelect
              label={words.permission}
              value={filters.permission}
              options={permissions.map(({ name }) => [name, wordFor(text.permissions, name)])}
              onValue={set('permission')}
            />
            <FilterSelect
              label={words.use}
              value={filters.unused}
              options={[[`${UNUSED_DAYS}d`, words.unused(UNUSED_DAYS)]]}
              onValue={set('unused')}
            />
            <FilterSelect
              label={words.end}
              value={filters.expiring}
              options={[[`${EXPIRING_DAYS}d`, words.expiring(EXPIRING_DAYS)]]}
              onValue={set('expiring')}
            />
            <FilterSelect
              label={words.rotation}
              value={filters.retiring}
              options={[['yes', words.retiring]]}
              onValue={set('retiring')}
            />
          </div>
        </Menu>
      </div>
      <Chips
        chips={chips}
        onRemove={(name) => {
          onChange({ [name]: null });
        }}
        onClear={() => {
          onChange(Object.fromEntries(chips.map(({ name }) => [name, null])));
        }}
      />
    </search>
  );
}

interface Chip {
  name: FilterName;
  label: string;
}

function chipsOf(filters: Filters, applicationName: (id: string) => string): Chip[] {
  const label: Record<FilterName, (value: string) => string> = {
    q: (value) => `“${value}”`,
    environment: (value) => (value === 'live' ? text.environments.live : text.environments.staging),
    status: (value) => (value === 'paused' ? words.paused : words.active),
    application: (value) => (value === 'none' ? words.noApplication : applicationName(value)),
    permission: (value) => wordFor(text.permissions, value),
    unused: () => words.unused(UNUSED_DAYS),
    expiring: () => words.expiring(EXPIRING_DAYS),
    retiring: () => words.retiring,
  };
  return (Object.entries(filters) as [FilterName, string][]).map(([name, value]) => ({
    name,
    label: label[name](value),
  }));
}

interface ChipsProps {
  chips: Chip[];
  onRemove: (name: FilterName) => void;
  onClear: () => void;
}

function Chips({ chips, onRemove, onClear }: ChipsProps) {
  if (chips.length === 0) return null;
  return (
    <ul className="chips">
      {chips.map(({ name, label }) => (
        <li key={name}>
          <button
            type="button"
            className="chip"
            aria-label={words.remove(label)}
            onClick={() => {
              onRemove(name);
            }}
          >
            <span className="truncate">{label}</span>
            <Icon name="close" />
          </button>
        </li>
      ))}
      <li>
        <Button kind="quiet" isSmall onClick={onClear}>
          {words.clear}
        </Button>
      </li>
    </ul>
  );
}

interface SelectProps {
  label: string;
  value: string | undefined;
  options: readonly (readonly [value: string, label: string])[];
  onValue: (value: string) => void;
}

function FilterSelect({ label, value = '', options, onValue }: SelectProps) {
  return (
    <select
      className="input select filter-select"
      aria-label={label}
      value={value}
      onChange={(event) => {
        onValue(event.target.value);
      }}
    >
      <option value="">{words.any(label)}</option>
      {options.map(([option, name]) => (
        <option key={option} value={option}>
          {name}
        </option>
      ))}
    </select>
  );
}

function SearchField({ value, onSearch }: { value: string; onSearch: (value: string) => void }) {
  const [typed, setTyped] = useState(value);
  const [shown, setShown] = useState(value);
  const [found, setFound] = useState<Hint | null>(null);
  const ref = useRef<HTMLInputElement>(null);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const [focus] = useState(() => () => ref.current?.focus());
  useShortcut('/', focus);
  // A chip was taken away, or the back button pressed.
  if (value !== shown) {
    setShown(value);
    setTyped(value);
  }
  useEffect(
    () => () => {
      clearTimeout(timer.current);
    },
    [],
  );
  function onType({ target }: ChangeEvent<HTMLInputElement>): void {
    const secret = findSecret(target.value);
    setFound(secret);
    const next = secret?.hint ?? target.value;
    setTyped(next);
    clearTimeout(timer.current);
    timer.current = setTimeout(() => {
      onSearch(next.trim());
    }, TYPING_MS);
  }
  return (
    <div className="search">
      <Icon name="search" />
      <input
        ref={ref}
        type="search"
        className="input"
        aria-label={words.search}
        aria-describedby="search-note"
        placeholder={words.search}
        value={typed}
        onChange={onType}
        autoComplete="off"
        spellCheck={false}
      />
      <kbd aria-hidden="true">/</kbd>
      <p id="search-note" className="hint" role="status">
        {found !== null && (found.isOurs ? words.onlyHint : words.onlyEnd)}
      </p>
    </div>
  );
}
