import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import fp from 'fastify-plugin';
import { sendFixed } from '../http/fixed-content.ts';
import type { FixedContentOptions } from '../http/fixed-content.ts';
import { toYaml } from './openapi-document.ts';
import { perAddress } from './rate-limit.ts';

const REQUESTS_PER_MINUTE = 60;

/** Of this package only the files are used: its plugin makes the document anew at each request. */
const files = join(dirname(createRequire(import.meta.url).resolve('@fastify/swagger-ui')), 'static');

/**
 * Serves the document of the API, and Swagger UI at `/docs`. All of it is made once, at the first request, and served
 * as bytes: to make it takes the event loop longer than thousands of checks do. Registered after `@fastify/swagger`.
 */
export const swaggerUi = fp(
  async (app) => {
    const serve = (url: string, content: FixedContentOptions) => {
      const config = { access: 'public' as const, rateLimit: perAddress(REQUESTS_PER_MINUTE, 'minute') };
      app.get(url, { config, schema: { hide: true } }, sendFixed(content));
    };
    const servePage = (url: string, type: string, make: () => string | Buffer) => {
      serve(url, { type, make, headers: { 'content-security-policy': policy } });
    };
    // The page may be open at another address than PUBLIC_URL, which a browser would not let it call.
    const ownDocument = () => ({ ...app.swagger(), servers: [{ url: '/', description: 'This deployment' }] });

    serve('/openapi.json', { type: JSON_TYPE, make: () => JSON.stringify(app.swagger()) });
    serve('/openapi.yaml', { type: YAML_TYPE, make: () => toYaml(app.swagger()) });
    servePage('/docs/json', JSON_TYPE, () => JSON.stringify(ownDocument()));
    servePage('/docs/yaml', YAML_TYPE, () => toYaml(ownDocument()));
    servePage('/docs', 'text/html; charset=utf-8', () => page);
    servePage('/docs/static/latchkey.css', CSS_TYPE, () => css);
    servePage('/docs/static/latchkey.js', SCRIPT_TYPE, () => script);
    for (const [name, type] of Object.entries(assets)) {
      servePage(`/docs/static/${name}`, type, () => readFileSync(join(files, name)));
    }
  },
  { name: 'swagger-ui', dependencies: ['@fastify/swagger', 'rate-limit'] },
);

const JSON_TYPE = 'application/json; charset=utf-8';
const YAML_TYPE = 'application/yaml';
const CSS_TYPE = 'text/css; charset=utf-8';
const SCRIPT_TYPE = 'text/javascript; charset=utf-8';

const assets = {
  'swagger-ui.css': CSS_TYPE,
  'index.css': CSS_TYPE,
  'swagger-ui-bundle.js': SCRIPT_TYPE,
  'favicon-32x32.png': 'image/png',
};

/** Swagger UI from this origin alone. No `upgrade-insecure-requests`: over plain HTTP nothing would load. */
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ');

const page = `<!DOCTYPE html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <title>Latchkey</title>
    <link rel="stylesheet" href="/docs/static/swagger-ui.css">
    <link rel="stylesheet" href="/docs/static/index.css">
    <link rel="stylesheet" href="/docs/static/latchkey.css">
    <link rel="icon" type="image/png" href="/docs/static/favicon-32x32.png">
  </head>
  <body>
    <div id="swagger-ui"></div>
    <script src="/docs/static/swagger-ui-bundle.js"></script>
    <script src="/docs/static/latchkey.js"></script>
  </body>
</html>
`;

/** Every way to authorize at a glance: the field that takes the focus is not the first, and would hide it. */
const css = '.swagger-ui .dialog-ux .modal-ux-content { max-height: 80vh; }\n';

const settings = {
  dom_id: '#swagger-ui',
  url: '/docs/json',
  deepLinking: true,
  // Without the bar on top, which is for looking at documents of elsewhere.
  layout: 'BaseLayout',
  validatorUrl: null,
  persistAuthorization: false,
  displayRequestDuration: true,
  docExpansion: 'list',
  defaultModelsExpandDepth: 0,
  tryItOutEnabled: true,
};

const script = `SwaggerUIBundle({ ...${JSON.stringify(settings)}, presets: [SwaggerUIBundle.presets.apis] });\n`;
