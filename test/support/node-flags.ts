/**
 * For a process that is started for a test: most of its code runs too seldom for compiling it to pay, and a start takes a tenth
 * less. Versions after that of Node.js 20 count in another way.
 */
export const briefFlags: readonly string[] = process.versions.v8.startsWith('11.') ? ['--interrupt-budget=500000'] : [];
