import { access } from 'node:fs/promises';
import { join } from 'node:path';

// `npm start` builds with what is installed, and the page takes development dependencies.
const root = join(import.meta.dirname, '..');
const isThere = await access(join(root, 'node_modules', 'vite')).then(
  () => true,
  () => false,
);

if (isThere) {
  const { build } = await import('vite');
  await build({ configFile: join(root, 'console', 'vite.config.ts'), logLevel: 'warn' });
} else {
  console.error('The console was not built: that takes the development dependencies (npm ci).');
}
