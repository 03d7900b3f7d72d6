import type { ReactNode } from 'react';
import { LeaveDialog } from '../../parts/confirm.tsx';
import { Page } from '../../parts/page.tsx';
import { StatusRegion } from '../../parts/status.tsx';
import { Brand } from '../../shell.tsx';
import { text } from '../../text/index.ts';

interface EntryPageProps {
  title: string;
  children: ReactNode;
  /** Below the card: other ways in. */
  footer?: ReactNode;
  isWide?: boolean;
}

/** A screen for somebody who is not logged in: one card in the middle. */
export function EntryPage({ title, children, footer, isWide }: EntryPageProps) {
  return (
    <main className={isWide === true ? 'entry entry-wide' : 'entry'}>
      <p className="entry-brand">
        <Brand />
        {text.product}
      </p>
      <div className="entry-card">
        <Page title={title}>{children}</Page>
      </div>
      {footer !== undefined && <div className="entry-footer">{footer}</div>}
      <StatusRegion />
      <LeaveDialog />
    </main>
  );
}
