import type { ReactNode } from 'react';
import { createContext, use, useEffect, useId, useRef, useState } from 'react';
import type { Fault } from '../problem.ts';
import { text } from '../text/index.ts';
import { Button } from './button.tsx';
import type { IconName } from './icon.tsx';
import { Notice, ProblemNotice, useCountdown } from './notice.tsx';
import type { Submission } from './submission.ts';

interface FormContextValue {
  id: string;
  submission: Submission;
  /** Fields by name, for the summary. */
  labels: Map<string, string>;
}

const FormContext = createContext<FormContextValue | null>(null);

/** What a field of the form above needs to know; only below `Form`. */
export function useFormField(name: string, label: string): { id: string; faults: Fault[] } {
  const form = use(FormContext);
  if (form === null) throw new Error('no Form above');
  form.labels.set(name, label);
  return { id: `${form.id}-${name}`, faults: form.submission.faults.filter(({ field }) => field === name) };
}

interface FormProps {
  submission: Submission;
  children: ReactNode;
}

/** Checks nothing by itself: the service says what is wrong, all at once, and each fault finds its field. */
export function Form({ submission, children }: FormProps) {
  const id = useId();
  const [labels] = useState(() => new Map<string, string>());
  return (
    <FormContext value={{ id, submission, labels }}>
      <form
        className="form"
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          submission.submit();
        }}
      >
        {children}
      </form>
    </FormContext>
  );
}

/** What was wrong, as links to the fields; put it first in the form. It takes the focus after each failed attempt. */
export function FormProblems() {
  const form = use(FormContext);
  const ref = useRef<HTMLDivElement>(null);
  const attempt = form?.submission.attempt ?? 0;
  useEffect(() => {
    if (attempt > 0) ref.current?.focus();
  }, [attempt]);
  if (form === null) return null;
  const { faults, problem } = form.submission;
  return (
    <div ref={ref} tabIndex={-1} className="form-problems">
      {problem !== null && <ProblemNotice problem={problem} />}
      {faults.length > 0 && (
        <Notice kind="danger" role="alert" title={text.form.faults(faults.length)}>
          <ul>
            {faults.map((fault) => (
              <li key={`${fault.field}/${fault.index ?? ''}`}>
                <FaultLink fault={fault} form={form} />
              </li>
            ))}
          </ul>
        </Notice>
      )}
    </div>
  );
}

function FaultLink({ fault, form }: { fault: Fault; form: FormContextValue }) {
  const label = form.labels.get(fault.field);
  const target = `${form.id}-${fault.field}`;
  const place = fault.index === undefined ? label : `${label ?? ''}, ${text.form.line(fault.index)}`;
  if (label === undefined) return <>{text.form.fault(fault.field, fault.detail)}</>;
  return (
    <a
      href={`#${target}`}
      onClick={(event) => {
        event.preventDefault();
        focusField(target);
      }}
    >
      {text.form.fault(place ?? label, fault.detail)}
    </a>
  );
}

function focusField(id: string): void {
  const place = document.getElementById(id);
  const closed = place?.closest('details');
  if (closed) closed.open = true;
  const field = place?.matches('fieldset') === true ? place.querySelector('input') : place;
  field?.focus();
}

interface SubmitButtonProps {
  /** Verb and object. */
  children: ReactNode;
  /** “Creating…” */
  busy: string;
  kind?: 'primary' | 'danger';
  icon?: IconName;
}

/** Sends the form above. It is never disabled: it says what is missing, or how long to wait. */
export function SubmitButton({ children, busy, kind = 'primary', icon }: SubmitButtonProps) {
  const submission = use(FormContext)?.submission;
  const left = useCountdown(submission?.problem ?? null);
  const wait = left > 0 && text.states.tryAgainIn(left);
  return (
    <Button type="submit" kind={kind} {...(icon && { icon })} busy={submission?.isBusy === true ? busy : wait}>
      {children}
    </Button>
  );
}
