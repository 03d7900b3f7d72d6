import type { ReactNode } from 'react';
import { useEffect, useState } from 'react';
import { Problem } from '../problem.ts';
import { text } from '../text/index.ts';
import { wordFor } from '../text/word.ts';
import { Button } from './button.tsx';
import { CopyText } from './copy.tsx';
import { Icon } from './icon.tsx';
import type { IconName } from './icon.tsx';

export type NoticeKind = 'info' | 'warning' | 'danger' | 'good';

const icons: Record<NoticeKind, IconName> = { info: 'info', warning: 'warning', danger: 'error', good: 'check' };

interface NoticeProps {
  kind?: NoticeKind;
  title?: ReactNode;
  children?: ReactNode;
  /** `alert` is read out at once: for faults. */
  role?: 'alert' | 'status';
}

/** Something to know, in the flow of the page. */
export function Notice({ kind = 'info', title, children, role }: NoticeProps) {
  return (
    <div className={`notice notice-${kind}`} role={role}>
      <Icon name={icons[kind]} />
      <div className="notice-body">
        {title !== undefined && <strong>{title}</strong>}
        {children}
      </div>
    </div>
  );
}

/** Why something did not work, in words, with the request ID for whoever helps. */
export function ProblemNotice({ problem, title }: { problem: Error; title?: string }) {
  return (
    <Notice kind="danger" role="alert" title={title}>
      <p>{problemText(problem)}</p>
      <RequestId problem={problem} />
    </Notice>
  );
}

export function RequestId({ problem }: { problem: Error }) {
  if (!(problem instanceof Problem) || problem.requestId === null) return null;
  return (
    <p className="request-id">
      {text.states.requestId} <CopyText value={problem.requestId} label={text.states.requestId} />
    </p>
  );
}

/** Words of our own where the code has some, else those of the service. */
export function problemText(problem: Error): string {
  if (!(problem instanceof Problem)) return problem.message;
  const words = wordFor(text.problems, problem.code, problem.message);
  return text.withDetail.includes(problem.code) ? `${problem.message} ${words}` : words;
}

/** How many seconds of a `Retry-After` are left; 0 when there is nothing to wait for. */
export function useCountdown(problem: Error | null): number {
  const [left, setLeft] = useState(0);
  useEffect(() => {
    const seconds = (problem instanceof Problem ? problem.retryAfterSeconds : null) ?? 0;
    const endMs = Date.now() + seconds * 1_000;
    const tick = () => {
      setLeft(Math.max(0, Math.ceil((endMs - Date.now()) / 1_000)));
    };
    tick();
    if (seconds === 0) return undefined;
    const timer = setInterval(tick, 250);
    return () => {
      clearInterval(timer);
    };
  }, [problem]);
  return left;
}

/** Tries again, once the service wants to be asked again. */
export function TryAgain({ problem, onTry, busy = false }: { problem: Error; onTry: () => void; busy?: boolean }) {
  const left = useCountdown(problem);
  const wait = left > 0 ? text.states.tryAgainIn(left) : busy && text.states.stillLoading;
  return (
    <Button icon="refresh" busy={wait} onClick={onTry}>
      {text.states.tryAgain}
    </Button>
  );
}
