import type { ReactNode } from 'react';
import { useRef, useState } from 'react';
import { allowLeaving, useLeaveGuard } from '../leaving.ts';
import type { Fault } from '../problem.ts';
import { text } from '../text/index.ts';
import { Button } from './button.tsx';
import { Conflict } from './conflict.tsx';
import { useDraft } from './draft.ts';
import type { Draft, Versioned } from './draft.ts';
import { Form, FormProblems, SubmitButton } from './form.tsx';
import { say } from './status.tsx';
import { useSubmission } from './submission.ts';

interface EditFormProps<Values extends object, Answer> {
  versioned: Versioned<Values>;
  /** Each field by name, for the comparison of two versions. */
  labels: Record<keyof Values, string>;
  /** How a value is written in that comparison; text as it is. */
  write?: (value: unknown, field: keyof Values) => string;
  /** What can be seen to be wrong before anything is sent. */
  check?: (values: Values) => Fault[];
  /** Sends what is different, on top of the version of the `ETag`. @throws Problem */
  send: (changes: Partial<Values>, etag: string) => Promise<Answer>;
  /** Reads the record again. */
  refresh: () => Promise<unknown>;
  onDone: (answer: Answer) => void;
  children: (values: Values, set: Draft<Values>['set']) => ReactNode;
}

/** Edits a record that others may change meanwhile: sends what is different, and shows both sides where they differ. */
export function EditForm<Values extends object, Answer>(props: EditFormProps<Values, Answer>) {
  const { versioned, labels, check, send, refresh, onDone, children, write = String } = props;
  const draft = useDraft(versioned);
  const [isConflict, setConflict] = useState(false);
  // Of what somebody else wrote, once “Save mine” was chosen over it.
  const theirs = useRef<string | null>(null);
  useLeaveGuard(draft.isDirty ? text.leaving : null);
  const submission = useSubmission({
    check: () => check?.(draft.values) ?? [],
    send: () => send(draft.changes, theirs.current ?? draft.etag),
    onDone: (answer) => {
      onDone(answer);
      // What was typed stands until it has been read again: what was there before is not shown in between.
      void refresh().then(finish);
    },
    onProblem: ({ status }) => {
      if (status !== 412) return false;
      void refresh().then(() => {
        setConflict(true);
      });
      return true;
    },
  });
  function finish(): void {
    draft.drop();
    setConflict(false);
    theirs.current = null;
    allowLeaving();
  }
  return (
    <Form submission={submission}>
      <FormProblems />
      {isConflict && (
        <Conflict
          rows={draft.differences.map((difference) => ({
            label: labels[difference.field],
            theirs: write(difference.theirs, difference.field),
            yours: write(difference.yours, difference.field),
          }))}
          onSaveMine={() => {
            theirs.current = draft.rebase();
            setConflict(false);
            submission.submit();
          }}
          onTakeTheirs={() => {
            finish();
            submission.reset();
          }}
        />
      )}
      {children(draft.values, draft.set)}
      <div className="form-actions">
        <SubmitButton busy={text.edit.saving}>{text.edit.save}</SubmitButton>
        {draft.isDirty && (
          <Button
            onClick={() => {
              finish();
              submission.reset();
              say(text.edit.discarded, 'quiet');
            }}
          >
            {text.edit.discard}
          </Button>
        )}
      </div>
    </Form>
  );
}
