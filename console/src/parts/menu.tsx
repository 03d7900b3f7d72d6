import type { ReactNode } from 'react';
import { useEffect, useId, useRef, useState } from 'react';
import { Icon } from './icon.tsx';

interface MenuProps {
  /** What the button shows. */
  button: ReactNode;
  /** What it is for, where that is not in words. */
  label?: string;
  /** At which end of the button the list begins. */
  align?: 'start' | 'end';
  className?: string;
  /** Links and buttons. */
  children: ReactNode;
}

/** A button that unfolds links and buttons; Escape, a click elsewhere and a choice fold them. */
export function Menu({ button, label, align = 'start', className = 'button button-quiet', children }: MenuProps) {
  const [isOpen, setOpen] = useState(false);
  const place = useRef<HTMLDivElement>(null);
  const id = useId();
  useEffect(() => {
    if (!isOpen) return undefined;
    const fold = (event: Event) => {
      if (!(event.target instanceof Node) || place.current?.contains(event.target) !== true) setOpen(false);
    };
    document.addEventListener('pointerdown', fold);
    document.addEventListener('focusin', fold);
    return () => {
      document.removeEventListener('pointerdown', fold);
      document.removeEventListener('focusin', fold);
    };
  }, [isOpen]);
  return (
    <div
      className="menu"
      ref={place}
      onKeyDown={(event) => {
        if (event.key !== 'Escape' || !isOpen) return;
        event.preventDefault();
        setOpen(false);
        place.current?.querySelector('button')?.focus();
      }}
    >
      <button
        type="button"
        className={className}
        aria-label={label}
        aria-expanded={isOpen}
        aria-controls={id}
        onClick={() => {
          setOpen(!isOpen);
        }}
      >
        {button}
        <Icon name="down" />
      </button>
      <div
        id={id}
        className={`menu-list menu-${align}`}
        hidden={!isOpen}
        onClick={(event) => {
          if (event.target instanceof Element && event.target.closest('a, button') !== null) setOpen(false);
        }}
      >
        {children}
      </div>
    </div>
  );
}
