// Stands for the service in the tests of the embedded Postgres: starts it and says how that went, one JSON value a line.
import type * as Embedded from '../../src/embedded/embedded-postgres.ts';

const [modulePath = '', optionsJson = '{}'] = process.argv.slice(2);
const { startEmbeddedPostgres } = (await import(modulePath)) as typeof Embedded;

function say(message: Record<string, unknown>): void {
  process.stdout.write(`${JSON.stringify(message)}\n`);
}

try {
  const options = JSON.parse(optionsJson) as { dataDir: string; port?: number; isDurable?: boolean };
  const log = {
    info: (text: string) => {
      say({ info: text });
    },
    error: (text: string) => {
      say({ error: text });
    },
  };
  const postgres = await startEmbeddedPostgres({ ...options, log });
  process.on('SIGINT', () => {
    say({ interrupted: true });
  });
  process.on('SIGTERM', () => {
    void postgres.stop().then(() => process.exit(0));
  });
  say({ databaseUrl: postgres.databaseUrl });
  // Nothing else keeps this process alive: the server does not.
  process.stdin.resume();
} catch (err) {
  const { name, message } = err as Error;
  say({ refused: message, name });
  process.exitCode = 1;
}
