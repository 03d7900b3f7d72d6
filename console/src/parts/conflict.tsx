import { useEffect, useRef } from 'react';
import { text } from '../text/index.ts';
import { Button } from './button.tsx';
import { Notice } from './notice.tsx';

export interface ConflictRow {
  label: string;
  theirs: string;
  yours: string;
}

interface ConflictProps {
  rows: readonly ConflictRow[];
  onSaveMine: () => void;
  onTakeTheirs: () => void;
}

/** Somebody else was quicker (412): what they wrote and what you typed, field by field, and both ways out. */
export function Conflict({ rows, onSaveMine, onTakeTheirs }: ConflictProps) {
  const words = text.conflict;
  const ref = useRef<HTMLDivElement>(null);
  useEffect(() => {
    // It stands above the form, and the button that was pressed below.
    ref.current?.focus();
  }, []);
  return (
    <div ref={ref} tabIndex={-1} className="form-problems">
      <Notice kind="warning" role="alert" title={words.title}>
        <p>{words.body}</p>
        <dl className="conflict">
          {rows.map(({ label, theirs, yours }) => (
            <div key={label}>
              <dt>{label}</dt>
              <dd>
                <span className="hint">{words.theirs}</span>
                {theirs === '' ? text.none : theirs}
              </dd>
              <dd>
                <span className="hint">{words.yours}</span>
                {yours === '' ? text.none : yours}
              </dd>
            </div>
          ))}
        </dl>
        <div className="row">
          <Button onClick={onSaveMine}>{words.saveMine}</Button>
          <Button onClick={onTakeTheirs}>{words.takeTheirs}</Button>
        </div>
      </Notice>
    </div>
  );
}
