import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import ts from 'typescript';

const root = join(import.meta.dirname, '..', '..');
/** The module that the code of `docs/frontend.md` makes, as if it lay beside `client/`. */
const MODULE = 'frontend-page.ts';
/** The address that the page of the documentation speaks to. */
const EXAMPLE_ORIGIN = 'https://accounts.acme.example';

/** The code blocks of `docs/frontend.md` as one module, as they stand there. */
export async function readFrontendCode(): Promise<string> {
  const page = await readFile(join(root, 'docs', 'frontend.md'), 'utf8');
  return [...page.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, code]) => code).join('\n');
}

/** What TypeScript says to the code with `client/` beside it, in a project for browsers with a bundler. */
export function findTypeErrors(code: string): string[] {
  const options: ts.CompilerOptions = {
    target: ts.ScriptTarget.ES2023,
    lib: ['lib.es2023.d.ts', 'lib.dom.d.ts', 'lib.dom.iterable.d.ts'],
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    allowImportingTsExtensions: true,
    verbatimModuleSyntax: true,
    noEmit: true,
    strict: true,
    noUnusedLocals: true,
    noUncheckedIndexedAccess: true,
    exactOptionalPropertyTypes: true,
    types: [],
  };
  const path = join(root, MODULE);
  const usual = ts.createCompilerHost(options);
  const host: ts.CompilerHost = {
    ...usual,
    fileExists: (name) => name === path || usual.fileExists(name),
    getSourceFile: (name, ...rest) =>
      name === path ? ts.createSourceFile(name, code, rest[0]) : usual.getSourceFile(name, ...rest),
  };
  const program = ts.createProgram([path], options, host);
  return ts.getPreEmitDiagnostics(program).map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'));
}

interface Teardown {
  teardown(handler: () => Promise<void>): unknown;
}

/** Where the page of a frontend is to be had: two origins of one server. */
export interface FrontendServer {
  origin: string;
  otherOrigin: string;
  /** Names the service that the page speaks to. */
  speakTo: (serviceOrigin: string) => void;
}

/** Serves a page that holds the code of `docs/frontend.md` as `frontend`, with only the address of the service replaced. */
export async function serveFrontend(t: Teardown): Promise<FrontendServer> {
  let serviceOrigin = EXAMPLE_ORIGIN;
  const code = await readFrontendCode();
  const openapiFetch = join(root, 'node_modules', 'openapi-fetch', 'dist', 'index.mjs');
  const files: Record<string, () => Promise<[type: string, content: string]>> = {
    '/': async () => ['text/html', html],
    '/openapi-fetch.js': async () => ['text/javascript', await readFile(openapiFetch, 'utf8')],
    '/client/latchkey.ts': async () => ['text/javascript', await readClient('latchkey.ts')],
    '/client/browser-tokens.ts': async () => ['text/javascript', await readClient('browser-tokens.ts')],
    [`/${MODULE}`]: async () => ['text/javascript', toJavaScript(code.replaceAll(EXAMPLE_ORIGIN, serviceOrigin))],
  };
  const server = createServer((request, response) => {
    void files[request.url ?? '']?.().then(([type, content]) => {
      response.setHeader('content-type', type).end(content);
    });
    if (!((request.url ?? '') in files)) response.writeHead(404).end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  });
  const { port } = server.address() as AddressInfo;
  return {
    origin: `http://127.0.0.1:${port}`,
    otherOrigin: `http://localhost:${port}`,
    speakTo(origin) {
      serviceOrigin = origin;
    },
  };
}

const html = `<!doctype html>
<title>A frontend</title>
<link rel="icon" href="data:,">
<script type="importmap">{ "imports": { "openapi-fetch": "/openapi-fetch.js" } }</script>
<script type="module">
  import * as frontend from '/${MODULE}';
  Object.assign(window, { frontend });
</script>`;

async function readClient(name: string): Promise<string> {
  return toJavaScript(await readFile(join(root, 'client', name), 'utf8'));
}

function toJavaScript(code: string): string {
  const compilerOptions = { target: ts.ScriptTarget.ES2023, module: ts.ModuleKind.ESNext, verbatimModuleSyntax: true };
  return ts.transpileModule(code, { compilerOptions }).outputText;
}
