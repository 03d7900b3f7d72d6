import { useState } from 'react';
import type { CredentialPolicy } from '../../../../client/schema.ts';
import { exactText } from '../../format.ts';
import type { Environment } from '../../parts/badge.tsx';
import { ChecksField, SelectField, TextField } from '../../parts/field.tsx';
import { Notice } from '../../parts/notice.tsx';
import { text } from '../../text/index.ts';
import { wordFor } from '../../text/word.ts';
import { usePermissions } from './client-queries.ts';

const words = text.clients.form;
const FILTER_FROM = 12;
const DAY_MS = 86_400_000;

/** Permissions as boxes with what each allows; many of them with a filter. */
export function PermissionsField({ values, onValues }: { values: string[]; onValues: (values: string[]) => void }) {
  const [filter, setFilter] = useState('');
  const catalogue = usePermissions().data ?? [];
  const gone = values.filter((value) => !catalogue.some(({ name }) => name === value));
  const all = [...catalogue, ...gone.map((name) => ({ name, description: '' }))];
  const sought = filter.trim().toLowerCase();
  const choices = all
    .map(({ name, description }) => ({
      value: name,
      label: wordFor(text.permissions, name),
      hint: `${name}${description === '' ? '' : ` · ${description}`}`,
    }))
    .filter(({ label, hint }) => `${label} ${hint}`.toLowerCase().includes(sought));
  return (
    <ChecksField
      name="permissions"
      label={words.permissions}
      hint={words.permissionsHint}
      choices={choices}
      values={values}
      onValues={onValues}
    >
      {all.length > FILTER_FROM && (
        <input
          type="search"
          className="input"
          aria-label={words.filterPermissions}
          placeholder={words.filterPermissions}
          value={filter}
          onChange={(event) => {
            setFilter(event.target.value);
          }}
        />
      )}
    </ChecksField>
  );
}

export type ExpiryChoice = 'kept' | 'never' | 'days30' | 'days90' | 'days365' | 'date';
const daysOf = { days30: 30, days90: 90, days365: 365 } as const;

/** When something ends, as it was chosen. */
export interface Expiry {
  choice: ExpiryChoice;
  /** As `<input type=datetime-local>` has it. */
  date: string;
}

/** @returns the moment, null for never, undefined where the date cannot be read */
export function momentOf({ choice, date }: Expiry, now: number): string | null | undefined {
  if (choice === 'never' || choice === 'kept') return null;
  if (choice !== 'date') return new Date(now + daysOf[choice] * DAY_MS).toISOString();
  const moment = new Date(date);
  return Number.isNaN(moment.getTime()) ? undefined : moment.toISOString();
}

interface ExpiryFieldProps {
  value: Expiry;
  onValue: (value: Expiry) => void;
  /** From which “in 30 days” counts: when the form was opened. */
  now: number;
  /** What is there already, which may stay. */
  kept?: string | null;
}

/** Never, after some days, or a date; the exact moment stands below. */
export function ExpiryField({ value, onValue, now, kept = null }: ExpiryFieldProps) {
  const moment = value.choice === 'kept' ? kept : momentOf(value, now);
  const names: ExpiryChoice[] = ['never', 'days30', 'days90', 'days365', 'date'];
  const choices = (kept === null ? names : (['kept', ...names] as const)).map((choice) => ({
    value: choice,
    label: words.expiryChoices[choice],
  }));
  return (
    <div className="field-group">
      <SelectField
        name={value.choice === 'date' ? 'expires_choice' : 'expires_at'}
        label={words.expiry}
        hint={moment ? words.expiryAt(exactText(new Date(moment))) : words.expiryNever}
        choices={choices}
        value={value.choice}
        onValue={(choice) => {
          onValue({ ...value, choice });
        }}
      />
      {value.choice === 'date' && (
        <TextField
          name="expires_at"
          label={words.expiryDate}
          type="datetime-local"
          value={value.date}
          onValue={(date) => {
            onValue({ ...value, date });
          }}
        />
      )}
    </div>
  );
}

/** What the organization demands of what is about to be made, said before. */
export function PolicyNotice({ policy }: { policy: CredentialPolicy | undefined }) {
  if (policy === undefined) return null;
  const { expiry_required_for: ends, max_secret_lifetime_days: days, allowed_ips_required_for: bound } = policy;
  const sentences = [
    ends.length > 0 && text.clients.policy.mustEnd(ends.map((name) => text.environments[name].toLowerCase())),
    days !== null && text.clients.policy.maxDays(days),
    bound.length > 0 && text.clients.policy.mustBind(bound.map((name) => text.environments[name].toLowerCase())),
  ].filter((sentence) => sentence !== false);
  if (sentences.length === 0) return null;
  return (
    <Notice title={text.clients.policy.title}>
      <p>{sentences.join(' ')}</p>
    </Notice>
  );
}

/** Whether the policy of the organization demands more of a client than a name and an environment. */
export function asksMore(policy: CredentialPolicy | undefined, environment: Environment | null): boolean {
  if (policy === undefined || environment === null) return false;
  const { expiry_required_for: ends, max_secret_lifetime_days: days, allowed_ips_required_for: bound } = policy;
  return days !== null || ends.includes(environment) || bound.includes(environment);
}

/** A list as it was typed or pasted: lines, commas and blanks part entries. */
export function splitList(typed: string): string[] {
  return typed.split(/[\s,]+/).filter((entry) => entry !== '');
}
