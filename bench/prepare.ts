import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** Installs the load generator and the peers when they are not, and builds the service. */
export function prepare({ isBuilt }: { isBuilt: boolean }): void {
  const root = join(import.meta.dirname, '..');
  if (!existsSync(join(import.meta.dirname, 'node_modules'))) {
    npm(['ci', '--prefix', import.meta.dirname, '--legacy-peer-deps', '--no-audit', '--no-fund'], root);
  }
  if (!isBuilt) npm(['run', 'build', '--silent'], root);
}

function npm(args: string[], cwd: string): void {
  const { status } = spawnSync('npm', args, { cwd, stdio: 'inherit' });
  if (status !== 0) throw new Error(`npm ${args.join(' ')} failed`);
}
