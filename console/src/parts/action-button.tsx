import { text } from '../text/index.ts';
import { Button } from './button.tsx';
import type { IconName } from './icon.tsx';
import { problemText, useCountdown } from './notice.tsx';
import { say } from './status.tsx';
import { useSubmission } from './submission.ts';

interface ActionButtonProps<Answer> {
  /** Verb and object. */
  children: string;
  /** “Sending…” */
  busy: string;
  icon?: IconName;
  /** Names what it is about, where several stand in a list. */
  label?: string;
  /** @throws Problem */
  send: () => Promise<Answer>;
  onDone: (answer: Answer) => void;
}

/** Does one thing that needs no further question, and says what went wrong; where it was too often, it counts down. */
export function ActionButton<Answer>({ children, busy, icon, label, send, onDone }: ActionButtonProps<Answer>) {
  const submission = useSubmission({
    send,
    onDone,
    onProblem: (problem) => {
      say(problemText(problem), 'warning');
      return problem.retryAfterSeconds === null;
    },
  });
  const left = useCountdown(submission.problem);
  const wait = left > 0 && text.states.tryAgainIn(left);
  return (
    <Button
      isSmall
      {...(icon && { icon })}
      aria-label={label}
      busy={submission.isBusy ? busy : wait}
      onClick={submission.submit}
    >
      {children}
    </Button>
  );
}
