import type { UseQueryResult } from '@tanstack/react-query';
import { useState } from 'react';

/** A record with its `ETag`, as `askWithEtag` gives it. */
export interface Versioned<Record> {
  data: Record;
  etag: string;
}

/** The newest version. @throws Problem */
export async function readAgain<Record>(
  query: Pick<UseQueryResult<Versioned<Record>>, 'refetch'>,
): Promise<Versioned<Record>> {
  const { data } = await query.refetch({ throwOnError: true });
  if (data === undefined) throw new Error('nothing was read');
  return data;
}

interface Held<Values> {
  /** What the record was when the first change was typed. */
  over: Versioned<Values>;
  changes: Partial<Values>;
}

/** One field that both sides changed, each to something else. */
export interface Difference<Values> {
  field: keyof Values;
  theirs: Values[keyof Values];
  yours: Values[keyof Values];
}

/** What somebody types over a record that others may change meanwhile. */
export interface Draft<Values> {
  /** As the form shows them: what was not touched here is as it is there now. */
  values: Values;
  set: <Field extends keyof Values>(field: Field, value: Values[Field]) => void;
  /** In the place of all that was typed: the same, as it is sent. */
  tidy: (changes: Partial<Values>) => void;
  isDirty: boolean;
  /** The fields that are different, for the PATCH. */
  changes: Partial<Values>;
  /** The version that the changes stand over: the newest as long as nobody else touched the same fields. */
  over: Versioned<Values>;
  /** Where others touched the same fields. */
  differences: Difference<Values>[];
  /** “Save mine”: all that was typed now stands over what is there. @returns that */
  rebase: () => Versioned<Values>;
  /** “Take theirs” in the fields that both touched. What was typed in others stays. */
  yield: () => void;
  /** Forgets what was typed: given up, or saved. */
  drop: () => void;
}

export function useDraft<Values extends object>(now: Versioned<Values>): Draft<Values> {
  const [held, setHeld] = useState<Held<Values> | null>(null);
  const changes = held === null ? {} : changed(held.over.data, held.changes);
  const differences = held === null ? [] : differencesOf(changes, held.over.data, now.data);
  return {
    values: { ...now.data, ...changes },
    set(field, value) {
      setHeld((before) => ({ over: before?.over ?? now, changes: { ...before?.changes, [field]: value } }));
    },
    tidy(tidied) {
      setHeld((before) => ({ over: before?.over ?? now, changes: tidied }));
    },
    isDirty: Object.keys(changes).length > 0,
    changes,
    over: held === null || differences.length === 0 ? now : held.over,
    differences,
    rebase() {
      setHeld({ over: now, changes });
      return now;
    },
    yield() {
      const theirs = differences.map(({ field }) => field);
      const kept = namesOf(changes).filter((name) => !theirs.includes(name));
      setHeld({ over: now, changes: pick(changes, kept) });
    },
    drop() {
      setHeld(null);
    },
  };
}

/** Where changes over one version meet other ones, which made another version of it. */
export function differencesOf<Values extends object>(
  changes: Partial<Values>,
  before: Values,
  theirs: Values,
): Difference<Values>[] {
  return namesOf(changes)
    .filter((field) => !isSame(theirs[field], before[field]) && !isSame(theirs[field], changes[field]))
    .map((field) => ({ field, theirs: theirs[field], yours: changes[field] as Values[keyof Values] }));
}

/** Without what was typed and taken back. */
function changed<Values extends object>(base: Values, changes: Partial<Values>): Partial<Values> {
  return pick(
    changes,
    namesOf(changes).filter((name) => !isSame(changes[name], base[name])),
  );
}

function pick<Values extends object>(values: Partial<Values>, names: readonly (keyof Values)[]): Partial<Values> {
  return Object.fromEntries(names.map((name) => [name, values[name]])) as Partial<Values>;
}

function namesOf<Values extends object>(values: Partial<Values>): (keyof Values)[] {
  return Object.keys(values) as (keyof Values)[];
}

function isSame(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
