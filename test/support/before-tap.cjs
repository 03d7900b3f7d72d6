// Required, because that is done before anything is imported, tap's own parts among it.
const { register } = require('node:module');
const { pathToFileURL } = require('node:url');

register('./tap-parts.js', pathToFileURL(__filename));

// Of what is run here nothing is compiled: each map that a package brings would be read for naught.
process.setSourceMapsEnabled(false);
