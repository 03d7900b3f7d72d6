import { useEffect, useState } from 'react';
import { Modal } from './parts/modal.tsx';
import { createKeptStore, useStore } from './store.ts';
import { text } from './text/index.ts';

/** Single keys can be in the way of whoever speaks to the computer: they can be turned off. */
export const shortcuts = createKeptStore<'on' | 'off'>('shortcuts', ['on', 'off']);

/** Does something at a key, outside of fields and dialogs. */
export function useShortcut(key: string, act: (() => void) | null): void {
  const isOn = useStore(shortcuts) === 'on';
  useEffect(() => {
    if (!isOn || act === null) return undefined;
    const listen = (event: KeyboardEvent) => {
      if (event.key !== key || event.ctrlKey || event.metaKey || event.altKey || isTyping()) return;
      event.preventDefault();
      act();
    };
    document.addEventListener('keydown', listen);
    return () => {
      document.removeEventListener('keydown', listen);
    };
  }, [isOn, key, act]);
}

function isTyping(): boolean {
  const { activeElement } = document;
  if (document.querySelector('dialog[open]') !== null) return true;
  return (
    activeElement?.matches('input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]') === true
  );
}

/** What `?` shows. */
export function ShortcutHelp() {
  const [isOpen, setOpen] = useState(false);
  const [open] = useState(() => () => {
    setOpen(true);
  });
  useShortcut('?', open);
  const isOn = useStore(shortcuts) === 'on';
  if (!isOpen) return null;
  const words = text.shortcuts;
  return (
    <Modal
      title={words.title}
      onClose={() => {
        setOpen(false);
      }}
    >
      <dl className="shortcuts">
        {words.keys.map(([key, meaning]) => (
          <div key={key}>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{meaning}</dd>
          </div>
        ))}
      </dl>
      <label className="option">
        <input
          type="checkbox"
          checked={isOn}
          onChange={(event) => {
            shortcuts.set(event.target.checked ? 'on' : 'off');
          }}
        />
        <span>{words.use}</span>
      </label>
    </Modal>
  );
}
