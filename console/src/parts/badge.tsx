import type { ReactNode } from 'react';
import { text } from '../text/index.ts';
import { Icon } from './icon.tsx';
import type { IconName } from './icon.tsx';

export type Environment = 'live' | 'staging';
export type Tone = 'neutral' | 'good' | 'warning' | 'danger';

interface BadgeProps {
  tone?: Tone;
  icon?: IconName;
  children: ReactNode;
}

/** A word about a thing. The colour only repeats it. */
export function Badge({ tone = 'neutral', icon, children }: BadgeProps) {
  return (
    <span className={`badge badge-${tone}`}>
      {icon !== undefined && <Icon name={icon} />}
      {children}
    </span>
  );
}

/** Live and staging differ by word, icon, shape and colour. */
export function EnvironmentBadge({ environment }: { environment: Environment }) {
  return (
    <span className={`environment environment-${environment}`}>
      <Icon name={environment === 'live' ? 'bolt' : 'flask'} />
      {text.environments[environment]}
    </span>
  );
}
