import type { Json } from '../rules/canonical-json.ts';

/** A value of a record, as callers see it. */
export type AuditValue = string | number | boolean | null | readonly string[];

/** What a change made of a record's fields, by the names that the API gives them. */
export type AuditChanges = Readonly<Record<string, { from: AuditValue; to: AuditValue }>>;

const TEXT_MAX = 256;
const ITEMS_MAX = 20;

/** The fields of `after` that differ from those of `before`; all that hold something where there was nothing before. */
export function changesBetween<Fields extends Readonly<Record<string, AuditValue>>>(
  before: Readonly<Record<keyof Fields, AuditValue>> | null,
  after: Fields,
): AuditChanges {
  const pairs = Object.entries(after).map(([name, to]) => ({ name, from: before?.[name] ?? null, to }));
  const changed = pairs.filter(({ from, to }) => JSON.stringify(from) !== JSON.stringify(to));
  return Object.fromEntries(changed.map(({ name, from, to }) => [name, { from, to }]));
}

/** Shortens what is long: texts to 256 characters, lists to 20 items and one that says how many more there are. */
export function boundChanges(changes: AuditChanges): Record<string, Json> {
  return Object.fromEntries(
    Object.entries(changes).map(([name, { from, to }]) => [name, { from: boundValue(from), to: boundValue(to) }]),
  );
}

function boundValue(value: AuditValue): Json {
  if (typeof value === 'string') return boundText(value);
  if (typeof value !== 'object' || value === null) return value;
  const items = value.slice(0, ITEMS_MAX).map(boundText);
  return value.length > ITEMS_MAX ? [...items, `… and ${value.length - ITEMS_MAX} more`] : items;
}

function boundText(text: string): string {
  return text.length > TEXT_MAX ? `${text.slice(0, TEXT_MAX).toWellFormed()}…` : text.toWellFormed();
}
