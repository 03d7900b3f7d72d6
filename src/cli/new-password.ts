import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { explainPassword } from '../rules/passwords.ts';
import { CommandError } from './command-line.ts';
import type { Shell } from './command-line.ts';

const STDIN_BYTES_MAX = 4_096;
const GENERATED_BYTES = 18;

/**
 * Asks for a new password twice, on the terminal and without showing it.
 * @throws CommandError when the two differ, or the input ends
 */
export async function askPassword({
  stdin,
  stderr,
  signal,
}: Pick<Shell, 'stdin' | 'stderr' | 'signal'>): Promise<string> {
  const silence = new Writable({
    write(_chunk, _encoding, done) {
      done();
    },
  });
  // A terminal of its own for readline: it reads key by key and echoes each to the silence.
  const lines = createInterface({ input: stdin, output: silence, terminal: true });
  lines.on('SIGINT', () => process.kill(process.pid, 'SIGINT'));
  const ended = once(lines, 'close', { signal }).then(() => {
    throw new CommandError('No password was given');
  });
  const ask = async (question: string) => {
    stderr.write(question);
    const answer = lines.question('', { signal }).catch((err: unknown) => {
      throw signal.aborted ? err : new CommandError('No password was given');
    });
    return Promise.race([answer, ended]).finally(() => stderr.write('\n'));
  };
  try {
    const password = await ask('Password: ');
    if ((await ask('Once more: ')) !== password)
      throw new CommandError('The two passwords differ: nothing was changed');
    return password;
  } finally {
    ended.catch(() => undefined);
    lines.close();
  }
}

/** All of standard input, without the line break at its end. */
export async function readPassword(stdin: Shell['stdin']): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stdin as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > STDIN_BYTES_MAX) throw new CommandError('Standard input holds more than a password');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks)
    .toString('utf8')
    .replace(/\r?\n$/, '');
}

/** 144 random bits that keep the rules for passwords. */
export function generatePassword(): string {
  for (;;) {
    const password = randomBytes(GENERATED_BYTES).toString('base64url');
    if (explainPassword(password) === undefined) return password;
  }
}
