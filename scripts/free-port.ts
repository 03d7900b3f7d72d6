// Writes a port that nobody listens on, for a script that starts something at it.
import { findFreePort } from '../test/support/free-port.ts';

console.log(await findFreePort());
