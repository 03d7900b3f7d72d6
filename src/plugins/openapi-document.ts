import { stringify } from 'yaml';
import type { ErrorCode } from '../errors.ts';

interface Response {
  description?: string;
  $ref?: string;
  headers?: Record<string, object>;
  content?: Record<string, { examples?: Partial<Record<ErrorCode, object>> }>;
}

interface Operation {
  /** On a GET whose HEAD is asked for in its own right: what the description of that says otherwise. */
  'x-head'?: object;
  security?: object[];
  requestBody?: { required?: boolean; content: Record<string, { schema?: { $ref?: string } }> };
  responses: Record<string, Response>;
}

/** As much of an OpenAPI document as is finished here. */
export interface ApiDocument {
  openapi: string;
  info: { title: string; version: string };
  servers: { url: string }[];
  tags: { name: string }[];
  paths: Record<string, Record<string, Operation>>;
  components: Record<string, Record<string, unknown>> & { schemas: Record<string, { required?: string[] }> };
}

/**
 * Finishes the document that was made from the route schemas: what holds for every operation of a kind is said here
 * once, each problem becomes a component, and formats that only this service knows are left out.
 */
export function finishDocument(generated: ApiDocument): ApiDocument {
  const document = publishFormats(generated);
  const problems: Record<string, Response> = {};
  for (const operation of Object.values(document.paths).flatMap((path) => Object.values(path))) {
    operation.security ??= [];
    markOptionalBody(operation, document.components.schemas);
    addHeaders(operation.responses);
    for (const [status, response] of Object.entries(operation.responses)) {
      const examples = response.content?.['application/problem+json']?.examples;
      if (examples === undefined) continue;
      const name = Object.keys(examples).map(toPascalCase).join('Or');
      problems[name] ??= response;
      operation.responses[status] = { $ref: `#/components/responses/${name}` };
    }
  }
  for (const path of Object.values(document.paths)) describeHead(path, problems);
  const { openapi, info, servers, tags, paths, components } = document;
  return { openapi, info, servers, tags, paths, components: { ...components, responses: problems, headers } };
}

/** The document as it is committed and served. */
export function toYaml(document: object): string {
  return stringify(document, { aliasDuplicateObjects: false, lineWidth: 120 });
}

/** Formats of this service, and the registered one that comes nearest to telling other tools the same. */
const publishedFormats: Record<string, string | undefined> = {
  line: undefined,
  paragraph: undefined,
  permission: undefined,
  'address-range': undefined,
  'visible-ascii': undefined,
  'uuid-or-none': undefined,
  'http-url': 'uri',
  'redirect-url': 'uri',
  'future-date-time': 'date-time',
};

function publishFormats(document: ApiDocument): ApiDocument {
  return JSON.parse(JSON.stringify(document), (key, value: unknown) =>
    key === 'format' && typeof value === 'string' && value in publishedFormats ? publishedFormats[value] : value,
  ) as ApiDocument;
}

/** A JSON body in which nothing is required may be left out whole. */
function markOptionalBody({ requestBody }: Operation, schemas: ApiDocument['components']['schemas']): void {
  if (requestBody === undefined) return;
  const [[mediaType, { schema }] = ['', {}]] = Object.entries(requestBody.content);
  const name = schema?.$ref?.split('/').at(-1) ?? '';
  if (mediaType === 'application/json') requestBody.required = schemas[name]?.required !== undefined;
}

/** A HEAD answers as the GET, without a body (RFC 9110 §9.3.2). */
function describeHead(path: Record<string, Operation>, problems: Record<string, Response>): void {
  if (path.get?.['x-head'] === undefined) return;
  const { 'x-head': head, ...get } = path.get;
  const responses = Object.entries(get.responses).map(([status, response]) => {
    const { description, headers } = problems[response.$ref?.split('/').at(-1) ?? ''] ?? response;
    return [status, { description, headers }];
  });
  path.get = get;
  path.head = { ...get, ...head, responses: Object.fromEntries(responses) as Operation['responses'] };
}

function addHeaders(responses: Operation['responses']): void {
  const isLimited = '429' in responses;
  for (const [status, response] of Object.entries(responses)) {
    const names = ['x-request-id', ...(statusHeaders[status] ?? [])];
    if (isLimited && (status === '429' || status.startsWith('2'))) names.push(...limitHeaders);
    const references = names.map((name) => [name, { $ref: `#/components/headers/${name}` }]);
    response.headers = { ...response.headers, ...(Object.fromEntries(references) as Record<string, object>) };
  }
}

const statusHeaders: Record<string, string[]> = {
  401: ['WWW-Authenticate'],
  429: ['Retry-After'],
  503: ['Retry-After'],
};

const limitHeaders = ['RateLimit-Limit', 'RateLimit-Remaining', 'RateLimit-Reset'];

const headers = {
  'x-request-id': {
    description: 'The id of this request in the log. A caller may send its own.',
    schema: { type: 'string', maxLength: 64 },
  },
  'WWW-Authenticate': {
    description: 'How to authenticate (RFC 9110 §11.6.1).',
    schema: { type: 'string' },
    example: 'Bearer realm="latchkey"',
  },
  'Retry-After': {
    description: 'Seconds after which to try again.',
    schema: { type: 'integer', minimum: 1 },
  },
  'RateLimit-Limit': {
    description: 'Requests that one address, or one user, may send in a window. Absent where request limits are off.',
    schema: { type: 'integer' },
  },
  'RateLimit-Remaining': { description: 'Requests left in this window.', schema: { type: 'integer' } },
  'RateLimit-Reset': { description: 'Seconds until the window ends.', schema: { type: 'integer' } },
};

function toPascalCase(code: string): string {
  return code
    .split('_')
    .map((word) => `${word.slice(0, 1).toUpperCase()}${word.slice(1)}`)
    .join('');
}
