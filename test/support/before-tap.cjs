// Required, because that is done before anything is imported, tap's own parts among it.
const { register } = require('node:module');
const { pathToFileURL } = require('node:url');
const v8 = require('node:v8');

register('./tap-parts.js', pathToFileURL(__filename));

// Of what is run here nothing is compiled: each map that a package brings would be read for naught.
process.setSourceMapsEnabled(false);

// Most of what a test runs it runs too seldom for compiling it to pay, and often enough for remembering what it met. Later
// versions than that of Node.js 20 count in another way.
if (process.versions.v8.startsWith('11.')) {
  v8.setFlagsFromString('--interrupt-budget=2000000');
  v8.setFlagsFromString('--interrupt-budget-for-feedback-allocation=200');
}
