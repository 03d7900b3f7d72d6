import { useEffect } from 'react';
import { createStore, useStore } from '../store.ts';
import { IconButton } from './button.tsx';
import { Icon } from './icon.tsx';
import { text } from '../text/index.ts';

interface Said {
  id: number;
  message: string;
  /** `quiet` is for screen readers: what happened is seen anyway. */
  tone: 'good' | 'warning' | 'quiet';
}

const SHOWN_MS = 8_000;
const said = createStore<Said | null>(null);
let count = 0;

/** Says what became of something. It is announced, and shown for a while. */
export function say(message: string, tone: Said['tone'] = 'good'): void {
  count += 1;
  said.set({ id: count, message, tone });
}

/** What is said while a dialog is open: everything outside of it is silent then. */
export function StatusInDialog() {
  return (
    <div className="visually-hidden" role="status">
      {useStore(said)?.message}
    </div>
  );
}

/** Where results appear; once on the page. */
export function StatusRegion() {
  const shown = useStore(said);
  useEffect(() => {
    if (shown === null) return undefined;
    const timer = setTimeout(() => {
      said.set(null);
    }, SHOWN_MS);
    return () => {
      clearTimeout(timer);
    };
  }, [shown]);
  return (
    <div className="status-region" role="status">
      {shown !== null && (
        <div key={shown.id} className={shown.tone === 'quiet' ? 'visually-hidden' : `toast toast-${shown.tone}`}>
          <Icon name={shown.tone === 'warning' ? 'warning' : 'check'} />
          <span>{shown.message}</span>
          {shown.tone !== 'quiet' && (
            <IconButton
              icon="close"
              label={text.close}
              onClick={() => {
                said.set(null);
              }}
            />
          )}
        </div>
      )}
    </div>
  );
}
