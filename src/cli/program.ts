import { Command, CommanderError } from 'commander';
import { readVersion } from '../version.ts';
import { CommandError } from './command-line.ts';
import type { Outcome, Runner, Shell, Streams } from './command-line.ts';
import { addCommands } from './commands.ts';

const USAGE_EXIT_CODE = 2;

/**
 * Runs one command. What it has to say goes to standard output, everything else to standard error.
 * @returns the exit code: 0, 1 when the command failed, 2 when it was called wrongly
 */
export async function runCommandLine(
  args: readonly string[],
  env: Shell['env'],
  { stdin, stdout, stderr }: Streams = process,
): Promise<number> {
  // Whoever reads the output may have read enough.
  stdout.on('error', () => undefined);
  const interruption = new AbortController();
  let exitCode = 0;
  const run: Runner = async ({ json }, command) => {
    const { findSettings } = await import('../settings/setting-files.ts');
    const outcome = await interruptible(interruption, async () =>
      command({ ...(await findSettings(env)), stdin, stderr, signal: interruption.signal }),
    );
    stdout.write(json === true ? `${JSON.stringify(outcome.document)}\n` : `${outcome.text}\n`);
    if (outcome.complaint === undefined) return;
    stderr.write(`${outcome.complaint}\n`);
    exitCode = 1;
  };
  try {
    const program = createProgram({ stdout, stderr });
    addCommands(program, env, run);
    await program.parseAsync(args, { from: 'user' });
    return exitCode;
  } catch (err) {
    if (err instanceof CommanderError) return err.exitCode === 0 ? 0 : USAGE_EXIT_CODE;
    const name = args.find((arg) => !arg.startsWith('-')) ?? '';
    stderr.write(`${interruption.signal.aborted ? `latchkey ${name} was interrupted` : await describe(err, name)}\n`);
    return err instanceof CommandError ? err.exitCode : 1;
  }
}

function createProgram({ stdout, stderr }: Pick<Streams, 'stdout' | 'stderr'>): Command {
  return new Command('latchkey')
    .description('Account management for API clients. Settings are environment variables; the README lists them.')
    .version(readVersion())
    .exitOverride()
    .showHelpAfterError('(--help says more)')
    .addHelpText('after', '\nExit codes: 0 done, 1 failed, 2 called wrongly.')
    .helpCommand(false)
    .configureOutput({ writeOut: (text) => stdout.write(text), writeErr: (text) => stderr.write(text) });
}

/** The first signal asks the command to end; a second one ends it. */
async function interruptible(interruption: AbortController, command: () => Promise<Outcome>): Promise<Outcome> {
  const interrupt = () => {
    interruption.abort();
  };
  process.once('SIGINT', interrupt).once('SIGTERM', interrupt);
  try {
    return await command();
  } finally {
    process.off('SIGINT', interrupt).off('SIGTERM', interrupt);
  }
}

/** One sentence, and never a stack, a statement or its values. */
async function describe(err: unknown, name: string): Promise<string> {
  if (err instanceof CommandError) return err.message;
  const { describeFailure } = await import('../describe-failure.ts');
  const { DrizzleQueryError } = await import('drizzle-orm');
  const refusal = describeFailure(err, `latchkey ${name}`);
  if (refusal !== undefined) return refusal;
  const cause = err instanceof DrizzleQueryError ? err.cause : err;
  return `latchkey ${name} failed: ${cause instanceof Error ? `${cause.name}: ${cause.message}` : 'unknown error'}`;
}
