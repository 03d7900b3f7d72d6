import type { UseQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { useEffect, useState } from 'react';
import { Problem } from '../problem.ts';
import { lowestRoleFor } from '../roles.ts';
import type { Right, Role } from '../roles.ts';
import { text } from '../text/index.ts';
import { ButtonLink } from './button.tsx';
import { Icon } from './icon.tsx';
import type { IconName } from './icon.tsx';
import { problemText, RequestId, TryAgain } from './notice.tsx';

const SLOW_MS = 8_000;

/** Rows that are about to come: nothing for 200 ms, and words after 8 seconds. */
export function Skeleton({ rows = 6 }: { rows?: number }) {
  const [isSlow, setSlow] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => {
      setSlow(true);
    }, SLOW_MS);
    return () => {
      clearTimeout(timer);
    };
  }, []);
  return (
    <div className="skeleton" role="status" aria-busy="true">
      <span className={isSlow ? 'skeleton-slow' : 'visually-hidden'}>
        {isSlow ? text.states.stillLoading : text.states.loading}
      </span>
      {Array.from({ length: rows }, (_, row) => (
        <span key={row} className="skeleton-row" />
      ))}
    </div>
  );
}

interface LoadedProps<Data> {
  query: Pick<UseQueryResult<Data>, 'data' | 'error' | 'isFetching' | 'refetch'>;
  skeleton?: ReactNode;
  children: (data: Data) => ReactNode;
}

/** What was read; before that its skeleton; where it could not be read, why. What was there stays while it is read again. */
export function Loaded<Data>({ query, skeleton = <Skeleton />, children }: LoadedProps<Data>) {
  const { data, error, isFetching, refetch } = query;
  if (data !== undefined) return <>{children(data)}</>;
  if (error === null) return <>{skeleton}</>;
  if (error instanceof Problem && error.status === 404) return <NotFound />;
  return <Failed problem={error} busy={isFetching} onTry={() => void refetch()} />;
}

interface FailedProps {
  problem: Error;
  onTry: () => void;
  busy?: boolean;
  /** Where it is the whole page. */
  title?: string;
}

/** In the place of what could not be loaded. */
export function Failed({ problem, onTry, busy, title }: FailedProps) {
  // Nobody can have typed anything yet.
  const isOffline = title !== undefined && problem instanceof Problem && problem.status === 0;
  return (
    <State icon="error" title={title ?? text.states.failed} role="alert" isPage={title !== undefined}>
      <p>{isOffline ? text.states.keepsTrying : problemText(problem)}</p>
      <RequestId problem={problem} />
      <TryAgain problem={problem} onTry={onTry} busy={busy ?? false} />
    </State>
  );
}

/** Neither there nor anybody else’s: there is no telling which. */
export function NotFound() {
  return (
    <State icon="search" title={text.states.notFoundTitle} isPage>
      <p>{text.states.notFoundBody}</p>
      <ButtonLink to="/">{text.states.toStart}</ButtonLink>
    </State>
  );
}

interface ForbiddenProps {
  role: Role;
  right: Right;
  /** The screen around it has a heading of its own. */
  isPart?: boolean;
}

/** A screen that somebody opened by its URL without the right to it. */
export function Forbidden({ role, right, isPart = false }: ForbiddenProps) {
  return (
    <State icon="lock" title={text.states.forbiddenTitle} isPage={!isPart}>
      <p>{text.states.forbiddenBody(role, lowestRoleFor(right))}</p>
    </State>
  );
}

/** A list without records: what it is for, and one button. */
export function Empty({ icon, title, children }: { icon: IconName; title: string; children: ReactNode }) {
  return (
    <State icon={icon} title={title}>
      {children}
    </State>
  );
}

interface StateProps {
  icon: IconName;
  title: string;
  role?: 'alert';
  /** It is all there is on the screen: its title is the heading. */
  isPage?: boolean;
  children: ReactNode;
}

function State({ icon, title, role, isPage, children }: StateProps) {
  const Heading = isPage === true ? 'h1' : 'h2';
  return (
    <div className="state" role={role}>
      <span className="state-icon">
        <Icon name={icon} />
      </span>
      <Heading tabIndex={isPage === true ? -1 : undefined}>{title}</Heading>
      {children}
    </div>
  );
}
