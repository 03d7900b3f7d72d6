/**
 * For a process that is started for a test. Most of its code runs too seldom for compiling it to pay, and a larger young heap
 * is collected less often while modules are read: a start takes an eighth less. Versions after that of Node.js 20 count in
 * another way.
 */
export const briefFlags: readonly string[] = process.versions.v8.startsWith('11.')
  ? [
      '--interrupt-budget=2000000',
      '--interrupt-budget-for-feedback-allocation=200',
      '--min-semi-space-size=64',
      '--max-semi-space-size=64',
    ]
  : [];
