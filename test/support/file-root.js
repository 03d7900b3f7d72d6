// Stands for tap in a test file; strip-types.js makes one of it for each file. A file that runs by itself gets tap's own
// root. One that shares a process with others gets a subtest of its own, so that what it opened ends with it.
import tap from 'tap';

export * from 'tap';
export default globalThis[Symbol.for('latchkey.file-root')] ?? tap;
