import type { Command } from 'commander';
import type { Shell } from './command-line.ts';

export function addServe(program: Command, env: Shell['env']): void {
  program
    .command('serve')
    .summary('run the service')
    .description('Run the service until SIGTERM or SIGINT, as `node dist/server.js` does.')
    .action(async () => {
      // The other commands start without the web server.
      const { serve } = await import('../serve.ts');
      await serve(env);
    });
}
