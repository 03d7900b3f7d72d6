import type { ReactNode } from 'react';

export interface Fact {
  label: string;
  value: ReactNode;
  isWide?: boolean;
}

/** What is known of one thing, name by name. */
export function Facts({ facts }: { facts: readonly Fact[] }) {
  return (
    <dl className="facts">
      {facts.map(({ label, value, isWide }) => (
        <div key={label} className={isWide === true ? 'fact-wide' : undefined}>
          <dt>{label}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
