import { useEffect, useId } from 'react';
import { createStore } from './store.ts';

/** What would be lost by leaving, and how that is said. */
export interface LeaveWords {
  title: string;
  body: string;
  stay: string;
  leave: string;
}

interface Guard {
  id: string;
  url: string;
  words: LeaveWords;
}

/** Somebody wants to leave what is guarded. */
interface Asked {
  words: LeaveWords;
  go: () => void;
}

const guards: Guard[] = [];

/** What the dialog of the shell asks, if anything. */
export const leaveAsked = createStore<Asked | null>(null);

/** While `words` are given, leaving this part of the page asks first; a reload and the end of the tab warn. */
export function useLeaveGuard(words: LeaveWords | null): void {
  const id = useId();
  useEffect(() => {
    if (words === null) return undefined;
    guards.push({ id, url: location.href, words });
    return () => {
      release(id);
    };
  }, [id, words]);
}

function release(id: string): void {
  const place = guards.findIndex((guard) => guard.id === id);
  if (place >= 0) guards.splice(place, 1);
}

/** What was guarded is saved, or given up. */
export function allowLeaving(): void {
  guards.length = 0;
}

export function isGuarded(): boolean {
  return guards.length > 0;
}

/** Runs `go`, or asks before. */
export function leave(go: () => void): void {
  const guard = guards.at(-1);
  if (guard === undefined) {
    go();
    return;
  }
  leaveAsked.set({
    words: guard.words,
    go: () => {
      allowLeaving();
      leaveAsked.set(null);
      go();
    },
  });
}

/** Must run before the router listens: what was asked about has not happened for it. */
export function watchLeaving(): void {
  window.addEventListener('popstate', () => {
    const guard = guards.at(-1);
    if (guard === undefined) return;
    history.pushState(null, '', guard.url);
    leave(() => {
      history.back();
    });
  });
  window.addEventListener('beforeunload', (event) => {
    if (guards.length > 0) event.preventDefault();
  });
}
