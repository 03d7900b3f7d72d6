/** The entries of a list that was typed or pasted: one a line, also split at blanks and commas that follow a URL. */
export function splitLines(typed: string): string[] {
  return typed
    .split(/[\s,]+/)
    .map((line) => line.trim())
    .filter((line) => line !== '');
}

/** What was left empty is none. */
export function orNull(typed: string): string | null {
  return typed.trim() === '' ? null : typed.trim();
}
