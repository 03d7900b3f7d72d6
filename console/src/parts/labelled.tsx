import type { ReactNode } from 'react';
import type { Fault } from '../problem.ts';
import { text } from '../text/index.ts';
import { Icon } from './icon.tsx';

interface LabelledProps {
  id: string;
  label: string;
  hint?: ReactNode;
  isOptional?: boolean | undefined;
  faults: Fault[];
  children: ReactNode;
}

/** A field with its label, hint and faults. */
export function Labelled({ id, label, hint, isOptional, faults, children }: LabelledProps) {
  return (
    <div className={faults.length > 0 ? 'field field-wrong' : 'field'}>
      <label htmlFor={id}>
        {label} {isOptional === true && <span className="hint-inline">{text.optional}</span>}
      </label>
      {hint !== undefined && (
        <p id={`${id}-hint`} className="hint">
          {hint}
        </p>
      )}
      {children}
      <FieldFaults id={id} faults={faults} />
    </div>
  );
}

/** Several boxes under one label. */
export function Group({
  id,
  label,
  hint,
  isOptional,
  isCards,
  faults,
  children,
}: LabelledProps & { isCards?: boolean | undefined }) {
  return (
    <fieldset id={id} className={faults.length > 0 ? 'field field-wrong' : 'field'} aria-describedby={`${id}-faults`}>
      <legend>
        {label} {isOptional === true && <span className="hint-inline">{text.optional}</span>}
      </legend>
      {hint !== undefined && <p className="hint">{hint}</p>}
      <div className={isCards === true ? 'options options-cards' : 'options'}>{children}</div>
      <FieldFaults id={id} faults={faults} />
    </fieldset>
  );
}

export function FieldFaults({ id, faults }: { id: string; faults: Fault[] }) {
  return (
    <div id={`${id}-faults`} className="field-faults">
      {faults.map(({ index, detail }) => (
        <p key={`${index ?? ''}${detail}`}>
          <Icon name="error" />
          {index === undefined ? sentence(detail) : `${text.form.line(index)} ${detail}.`}
        </p>
      ))}
    </div>
  );
}

function sentence(detail: string): string {
  return `${detail.charAt(0).toUpperCase()}${detail.slice(1)}.`;
}

/** What a field is told apart by, for screen readers. */
export function describe(id: string, hint: ReactNode, faults: Fault[]) {
  const places = [hint !== undefined && `${id}-hint`, faults.length > 0 && `${id}-faults`].filter(Boolean);
  return {
    'aria-invalid': faults.length > 0 || undefined,
    ...(places.length > 0 && { 'aria-describedby': places.join(' ') }),
  };
}
