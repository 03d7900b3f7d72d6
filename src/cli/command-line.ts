import type { SettingSources } from '../settings/setting-files.ts';

/** Where commands read and write: `process` has them. */
export interface Streams {
  readonly stdin: NodeJS.ReadableStream & { readonly isTTY?: boolean };
  readonly stdout: NodeJS.WritableStream;
  readonly stderr: NodeJS.WritableStream & { readonly isTTY?: boolean };
}

/** What a command gets of the process. What it has to say in the end it returns. */
export interface Shell extends SettingSources, Pick<Streams, 'stdin' | 'stderr'> {
  /** Aborted when the user wants the command to end: it ends between two steps, with its connections closed. */
  readonly signal: AbortSignal;
}

/** What a command has to say when it is done. */
export interface Outcome {
  /** For people. */
  text: string;
  /** For scripts: what `--json` prints, names in snake_case. */
  document: object;
  /** What was found wrong, for standard error. The exit code is 1 then. */
  complaint?: string | undefined;
}

export interface JsonOption {
  json?: boolean;
}

/** Runs a command and prints its outcome on standard output, which holds nothing else. */
export type Runner = (options: JsonOption, command: (shell: Shell) => Promise<Outcome>) => Promise<void>;

/** Thrown where a command cannot go on. The message is one sentence for the person who runs it. */
export class CommandError extends Error {
  override name = 'CommandError';
  readonly exitCode: 1 | 2;

  /** @param exitCode 2 when the command was called wrongly */
  constructor(message: string, exitCode: 1 | 2 = 1) {
    super(message);
    this.exitCode = exitCode;
  }
}
