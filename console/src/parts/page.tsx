import type { ReactNode } from 'react';
import { useEffect, useRef } from 'react';
import { useOrganizationIfAny } from '../session.tsx';
import { text } from '../text/index.ts';

interface PageProps {
  /** The heading, and the first part of the document’s title. */
  title: string;
  /** Beside the heading: badges. */
  beside?: ReactNode;
  /** At the end of the heading’s row: buttons. */
  actions?: ReactNode;
  /** Above the heading: the way back. */
  above?: ReactNode;
  /** Below it: a sentence, facts. */
  intro?: ReactNode;
  children: ReactNode;
}

let isFirst = true;

/** A screen: one heading, which takes the focus after a navigation, and the title of the document. */
export function Page({ title, beside, actions, above, intro, children }: PageProps) {
  const ref = useRef<HTMLHeadingElement>(null);
  const organization = useOrganizationIfAny();
  useEffect(() => {
    // A field that asks for it has the focus already, or somebody has unfolded a menu while the screen was loading.
    const isTaken =
      document.querySelector('dialog[open], main input:focus, main textarea:focus, .menu [aria-expanded=true]') !==
      null;
    if (!isFirst && !isTaken) ref.current?.focus();
    isFirst = false;
  }, []);
  const parts = [title, organization?.name, text.product].filter((part) => part !== undefined);
  return (
    <>
      <title>{parts.join(' · ')}</title>
      {above !== undefined && <div className="page-above">{above}</div>}
      <header className="page-header">
        <div className="page-title">
          <h1 ref={ref} tabIndex={-1}>
            {title}
          </h1>
          {beside}
        </div>
        {actions !== undefined && <div className="page-actions">{actions}</div>}
      </header>
      {intro !== undefined && <div className="page-intro">{intro}</div>}
      {children}
    </>
  );
}
