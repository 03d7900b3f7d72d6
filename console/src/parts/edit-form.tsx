import type { ReactNode } from 'react';
import { useRef, useState } from 'react';
import { useLeaveGuard } from '../leaving.ts';
import type { Fault } from '../problem.ts';
import { Problem } from '../problem.ts';
import { text } from '../text/index.ts';
import { Button } from './button.tsx';
import { Conflict } from './conflict.tsx';
import { differencesOf, useDraft } from './draft.ts';
import type { Draft, Versioned } from './draft.ts';
import { Form, FormProblems, SubmitButton } from './form.tsx';
import { say } from './status.tsx';
import { useSubmission } from './submission.ts';

/** How often one press goes on top of what others wrote in between, in other fields. */
const MERGES_MAX = 3;

interface EditFormProps<Values extends object, Answer> {
  versioned: Versioned<Values>;
  /** Each field by name, for the comparison of two versions. */
  labels: Record<keyof Values, string>;
  /** How a value is written in that comparison; text as it is. */
  write?: (value: unknown, field: keyof Values) => string;
  /** What can be seen to be wrong before anything is sent. */
  check?: (values: Values) => Fault[];
  /** As it is shown once it is sent: a list an entry a line, so that the lines of a fault are those of the field. */
  tidy?: (changes: Partial<Values>) => Partial<Values>;
  /** Sends what is different, on top of a version. @throws Problem */
  send: (changes: Partial<Values>, over: Versioned<Values>) => Promise<Answer>;
  /** Reads the record again. @throws Problem */
  read: () => Promise<Versioned<Values>>;
  /** @returns what ends once what is shown is what was saved */
  onDone: (answer: Answer) => Promise<unknown>;
  /** What the button says. */
  save?: string;
  /** In a dialog: the way out. */
  onCancel?: () => void;
  children: (values: Values, set: Draft<Values>['set']) => ReactNode;
}

/**
 * Edits a record that others may change meanwhile. What is different is sent on top of what they wrote; where both touched a
 * field, both are shown, and whoever sits here chooses.
 */
export function EditForm<Values extends object, Answer>(props: EditFormProps<Values, Answer>) {
  const { versioned, labels, check, tidy, onDone, onCancel, children, write = String } = props;
  const draft = useDraft(versioned);
  const [isConflict, setConflict] = useState(false);
  // What somebody else wrote, once “Save mine” was chosen over it.
  const theirs = useRef<Versioned<Values> | null>(null);
  useLeaveGuard(draft.isDirty ? text.leaving : null);
  const submission = useSubmission({
    check: () => check?.(draft.values) ?? [],
    send: () => {
      const over = theirs.current ?? draft.over;
      theirs.current = null;
      const changes = tidy?.(draft.changes) ?? draft.changes;
      draft.tidy(changes);
      return sendOver(props, changes, over);
    },
    onDone: (answer) => {
      setConflict(answer === null);
      if (answer === null) return;
      // What was typed stands until it has been read again: what was there before is not shown in between.
      void onDone(answer.sent).then(finish);
    },
  });
  function finish(): void {
    draft.drop();
    setConflict(false);
  }
  return (
    <Form submission={submission}>
      <FormProblems />
      {isConflict && draft.differences.length > 0 && (
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
            draft.yield();
            setConflict(false);
            submission.reset();
          }}
        />
      )}
      {children(draft.values, draft.set)}
      <div className={onCancel ? 'modal-actions' : 'form-actions'}>
        <SubmitButton busy={text.edit.saving}>{props.save ?? text.edit.save}</SubmitButton>
        {onCancel && <Button onClick={onCancel}>{text.cancel}</Button>}
        {draft.isDirty && !onCancel && (
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

/**
 * Sends the changes; where others were quicker, and touched nothing that was typed, on top of what they wrote.
 * @returns null where they touched the same fields
 * @throws Problem
 */
async function sendOver<Values extends object, Answer>(
  { send, read }: Pick<EditFormProps<Values, Answer>, 'send' | 'read'>,
  changes: Partial<Values>,
  before: Versioned<Values>,
): Promise<{ sent: Answer } | null> {
  let over = before;
  for (let merges = 0; ; merges += 1) {
    try {
      return { sent: await send(changes, over) };
    } catch (err) {
      if (!(err instanceof Problem) || err.status !== 412 || merges === MERGES_MAX) throw err;
      const now = await read();
      if (now.etag === over.etag) throw err;
      if (differencesOf(changes, over.data, now.data).length > 0) return null;
      over = now;
    }
  }
}
