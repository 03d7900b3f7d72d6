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
  const changes: Record<string, { from: AuditValue; to: AuditValue }> = {};
  for (const [name, to] of Object.entries(after)) {
    const from = before?.[name] ?? null;
    if (!isSame(from, to)) changes[name] = { from, to };
  }
  return changes;
}

function isSame(one: AuditValue, other: AuditValue): boolean {
  if (one === other) return true;
  return typeof one === 'object' && typeof other === 'object' && JSON.stringify(one) === JSON.stringify(other);
}

/** Shortens what is long: texts to 256 characters, lists to 20 items and one that says how many more there are. */
export function boundChanges(changes: AuditChanges): Record<string, Json> {
  const bounded: Record<string, Json> = {};
  for (const [name, { from, to }] of Object.entries(changes)) {
    bounded[name] = { from: boundValue(from), to: boundValue(to) };
  }
  return bounded;
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
