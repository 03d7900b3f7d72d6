import { useState } from 'react';

/** A record with its `ETag`, as `askWithEtag` gives it. */
export interface Versioned<Record> {
  data: Record;
  etag: string;
}

interface Held<Values> {
  /** What the record was, and its `ETag`, when the first change was typed. */
  base: Values;
  etag: string;
  changes: Partial<Values>;
}

/** One field that both sides have an opinion on. */
export interface Difference<Values> {
  field: keyof Values;
  theirs: Values[keyof Values];
  /** Undefined where only they changed it: “Save mine” leaves it as it is. */
  yours: Values[keyof Values] | undefined;
}

/** What somebody types over a record that others may change meanwhile. */
export interface Draft<Values> {
  /** As the form shows them. */
  values: Values;
  set: <Field extends keyof Values>(field: Field, value: Values[Field]) => void;
  isDirty: boolean;
  /** The fields that are different, for the PATCH. */
  changes: Partial<Values>;
  /** For `If-Match`: of the version that was typed over. */
  etag: string;
  /** After a 412, once the record has been read again: where the two differ. */
  differences: Difference<Values>[];
  /** “Save mine”: the changes now stand over what is there. @returns the `ETag` of that */
  rebase: () => string;
  /** “Take theirs”, or saved. */
  drop: () => void;
}

export function useDraft<Values extends object>({ data, etag }: Versioned<Values>): Draft<Values> {
  const [held, setHeld] = useState<Held<Values> | null>(null);
  const changes = held === null ? {} : changed(held.base, held.changes);
  const names = Object.keys(data) as (keyof Values)[];
  return {
    values: { ...data, ...held?.changes },
    set(field, value) {
      const before = held ?? { base: data, etag, changes: {} };
      setHeld({ ...before, changes: { ...before.changes, [field]: value } });
    },
    isDirty: Object.keys(changes).length > 0,
    changes,
    etag: held?.etag ?? etag,
    differences: held === null ? [] : names.map(compare(data, held.base, changes)).filter((row) => row !== null),
    rebase() {
      setHeld(held && { ...held, base: data, etag });
      return etag;
    },
    drop() {
      setHeld(null);
    },
  };
}

function compare<Values extends object>(theirs: Values, base: Values, changes: Partial<Values>) {
  return (field: keyof Values): Difference<Values> | null => {
    const isMine = field in changes;
    if (!isMine && isSame(theirs[field], base[field])) return null;
    if (isMine && isSame(theirs[field], changes[field])) return null;
    return { field, theirs: theirs[field], yours: changes[field] };
  };
}

function changed<Values extends object>(base: Values, changes: Partial<Values>): Partial<Values> {
  const names = Object.keys(changes) as (keyof Values)[];
  return Object.fromEntries(
    names.filter((name) => !isSame(changes[name], base[name])).map((name) => [name, changes[name]]),
  ) as Partial<Values>;
}

function isSame(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
