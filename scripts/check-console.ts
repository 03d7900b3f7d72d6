import { join } from 'node:path';
import { judgeConsole } from './console-budgets.ts';

const { faults, sizes } = await judgeConsole(join(import.meta.dirname, '..', 'dist', 'console'));
console.log(`The console: ${sizes}`);
for (const fault of faults) console.error(fault);
if (faults.length > 0) process.exitCode = 1;
