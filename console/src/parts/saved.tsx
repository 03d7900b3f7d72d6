import { useState } from 'react';
import { allowLeaving } from '../leaving.ts';
import { Button } from './button.tsx';
import { Icon } from './icon.tsx';
import { ModalActions } from './modal.tsx';

interface DoneOnceSavedProps {
  words: {
    saved: string;
    /** Why nothing happens. */
    confirmFirst: string;
    done: string;
  };
  onDone: () => void;
}

/** The only way out of a dialog that shows something once: whoever leaves says that it is saved. */
export function DoneOnceSaved({ words, onDone }: DoneOnceSavedProps) {
  const [isSaved, setSaved] = useState(false);
  const [isAsked, setAsked] = useState(false);
  return (
    <>
      <label className="option secret-saved">
        <input
          type="checkbox"
          checked={isSaved}
          onChange={(event) => {
            setSaved(event.target.checked);
          }}
        />
        <span className="option-label">{words.saved}</span>
      </label>
      <p className="field-faults" role="alert">
        {isAsked && !isSaved && (
          <span>
            <Icon name="error" />
            {words.confirmFirst}
          </span>
        )}
      </p>
      <ModalActions>
        <Button
          onClick={() => {
            setAsked(true);
            if (!isSaved) return;
            allowLeaving();
            onDone();
          }}
        >
          {words.done}
        </Button>
      </ModalActions>
    </>
  );
}
