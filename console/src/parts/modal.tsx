import type { ReactNode } from 'react';
import { useEffect, useId, useRef } from 'react';
import { text } from '../text/index.ts';
import type { Environment } from './badge.tsx';
import { IconButton } from './button.tsx';
import { StatusInDialog } from './status.tsx';

interface ModalProps {
  /** The question, with the name: “Delete Night job?” */
  title: ReactNode;
  children: ReactNode;
  /** The dialog is open as long as it is drawn: take it away here. */
  onClose: () => void;
  /** What it changes something in: seen at its edge. */
  environment?: Environment;
  /** Something was typed: a click outside does nothing. Escape and the button call `onClose`, which may ask. */
  isDirty?: boolean;
  /** The only way out is a button inside. */
  isLocked?: boolean;
  isWide?: boolean;
}

/**
 * A dialog over the page. The field or button with `autoFocus` has the focus, else the first field, else the first button;
 * after it, whatever had it before, or the heading of the screen.
 */
export function Modal({ title, children, onClose, environment, isDirty, isLocked, isWide }: ModalProps) {
  const ref = useRef<HTMLDialogElement>(null);
  const id = useId();
  const opener = useRef(document.activeElement);
  useEffect(() => {
    const dialog = ref.current;
    const before = opener.current;
    if (dialog === null) return undefined;
    if (!dialog.open) dialog.showModal();
    firstPlaceIn(dialog)?.focus();
    return () => {
      dialog.close();
      // What opened it may be gone with what was done in it.
      const place = before instanceof HTMLElement && before.isConnected ? before : document.querySelector('main h1');
      if (place instanceof HTMLElement) place.focus();
    };
  }, []);
  // With a prevented `cancel` Chromium closes on the third Escape: what must stay open does not listen to it at all.
  const isHeld = isDirty === true || isLocked === true;
  return (
    <dialog
      ref={ref}
      className={`modal${isWide === true ? ' modal-wide' : ''}${environment ? ` modal-${environment}` : ''}`}
      aria-labelledby={id}
      closedby={isHeld ? 'none' : 'any'}
      onCancel={(event) => {
        if (event.target !== ref.current) return;
        event.preventDefault();
        if (!isHeld) onClose();
      }}
      onKeyDown={(event) => {
        if (event.key !== 'Escape') return;
        // What the browser would do with it ends with a dialog that is closed, and still drawn.
        event.preventDefault();
        event.stopPropagation();
        if (isLocked !== true) onClose();
      }}
    >
      <header className="modal-header">
        <h2 id={id}>{title}</h2>
        {isLocked !== true && <IconButton icon="close" label={text.close} onClick={onClose} />}
      </header>
      <div className="modal-body">{children}</div>
      <StatusInDialog />
    </dialog>
  );
}

const FIELD = 'input, select, textarea';

/** Never the button that closes it, which the browser would take. */
function firstPlaceIn(dialog: HTMLElement): HTMLElement | null {
  const body = '.modal-body';
  return (
    dialog.querySelector<HTMLElement>('[data-autofocus]') ??
    dialog.querySelector<HTMLElement>(`${body} :is(${FIELD})`) ??
    dialog.querySelector<HTMLElement>(`${body} button`)
  );
}

/** The buttons of a dialog: the one that does it first, then the way out. */
export function ModalActions({ children }: { children: ReactNode }) {
  return <footer className="modal-actions">{children}</footer>;
}
