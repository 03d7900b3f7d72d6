import type { RefObject } from 'react';
import { useEffect, useState } from 'react';
import { text } from '../text/index.ts';
import { Button, IconButton } from './button.tsx';
import { say } from './status.tsx';

const SHOWN_MS = 4_000;

/**
 * Copies; without the clipboard (over http://) through a visible field in the same dialog: under a modal, a hidden one in
 * the body would say “copied” and copy nothing.
 * @returns whether it was copied
 */
export async function copyText(value: string, field?: HTMLInputElement | HTMLTextAreaElement | null): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(value);
    return true;
  } catch {
    return field ? copySelected(field) : false;
  }
}

function copySelected(field: HTMLInputElement | HTMLTextAreaElement): boolean {
  field.focus();
  field.select();
  let hasCopied = false;
  const onCopy = () => {
    hasCopied = true;
  };
  document.addEventListener('copy', onCopy);
  // The one way without a secure context.
  // eslint-disable-next-line @typescript-eslint/no-deprecated
  const isDone = document.execCommand('copy');
  document.removeEventListener('copy', onCopy);
  return isDone && hasCopied;
}

type Outcome = 'copied' | 'failed' | null;

/** Copying with its outcome, which is said, and forgotten after some seconds. */
export function useCopy(field?: RefObject<HTMLInputElement | HTMLTextAreaElement | null>) {
  const [outcome, setOutcome] = useState<Outcome>(null);
  useEffect(() => {
    if (outcome === null) return undefined;
    const timer = setTimeout(() => {
      setOutcome(null);
    }, SHOWN_MS);
    return () => {
      clearTimeout(timer);
    };
  }, [outcome]);
  async function copy(value: string): Promise<boolean> {
    const isCopied = await copyText(value, field?.current);
    setOutcome(isCopied ? 'copied' : 'failed');
    say(isCopied ? text.copied : text.pressCtrlC, 'quiet');
    return isCopied;
  }
  return { outcome, copy };
}

/** An id with a small button that copies it. */
export function CopyText({ value, label }: { value: string; label: string }) {
  const { outcome, copy } = useCopy();
  return (
    <span className="copy-text">
      <code title={value}>{value}</code>
      <IconButton
        icon={outcome === 'copied' ? 'check' : 'copy'}
        label={outcome === 'copied' ? text.copied : text.copyNamed(label)}
        onClick={() => void copy(value)}
      />
    </span>
  );
}

/** A block of code with a button that copies it. */
export function CopyBlock({ value, label }: { value: string; label: string }) {
  const { outcome, copy } = useCopy();
  return (
    <div className="copy-block">
      <pre tabIndex={0} aria-label={label}>
        <code>{value}</code>
      </pre>
      <Button isSmall icon={outcome === 'copied' ? 'check' : 'copy'} onClick={() => void copy(value)}>
        {outcome === 'copied' ? text.copied : outcome === 'failed' ? text.pressCtrlC : text.copy}
      </Button>
    </div>
  );
}
