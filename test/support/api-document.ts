import { Ajv2020 } from 'ajv/dist/2020.js';
import type { ValidateFunction } from 'ajv/dist/2020.js';
import ajvFormats from 'ajv-formats';

export interface Media {
  schema: { $ref?: string };
  examples?: Record<string, { summary: string; value: unknown }>;
}

export interface Response {
  $ref?: string;
  description: string;
  headers?: Record<string, object>;
  content?: Record<string, Media>;
}

export interface Operation {
  operationId: string;
  summary: string;
  description?: string;
  tags: string[];
  security: Record<string, string[]>[];
  parameters?: { name: string; in: string; description?: string }[];
  requestBody?: { required: boolean; content: Record<string, Media> };
  responses: Record<string, Response>;
}

/** As much of an OpenAPI document as the tests look at. */
export interface ApiDocument {
  openapi: string;
  servers: { url: string }[];
  tags: { name: string }[];
  paths: Record<string, Record<string, Operation>>;
  components: {
    schemas: Record<
      string,
      { required?: string[]; examples?: unknown[]; properties: Record<string, { enum?: string[] }> }
    >;
    responses: Record<string, Response>;
    securitySchemes: Record<string, object>;
  };
}

/** An operation with where it stands. */
export interface PlacedOperation extends Operation {
  path: string;
  method: 'GET' | 'HEAD' | 'POST' | 'PATCH' | 'DELETE';
}

export function operationsOf({ paths }: ApiDocument): PlacedOperation[] {
  return Object.entries(paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) => ({
      ...operation,
      path,
      method: method.toUpperCase() as PlacedOperation['method'],
    })),
  );
}

/** A response of an operation, found where the document keeps it. */
export function responseOf(
  { components }: ApiDocument,
  { responses }: Operation,
  status: number | string,
): Response | undefined {
  const response = responses[String(status)];
  return response?.$ref === undefined ? response : components.responses[response.$ref.split('/').at(-1) ?? ''];
}

/** The examples of a request body by media type. */
export function requestExamplesOf({ components }: ApiDocument, { requestBody }: Operation): [string, unknown[]][] {
  return Object.entries(requestBody?.content ?? {}).map(([mediaType, { schema }]) => [
    mediaType,
    components.schemas[schema.$ref?.split('/').at(-1) ?? '']?.examples ?? [],
  ]);
}

/** Compiles the schemas of a document as JSON Schema 2020-12, which OpenAPI 3.1 takes over. */
export function createSchemaCompiler(document: ApiDocument): (pointer: string[]) => ValidateFunction {
  const ajv = new Ajv2020({ strict: true, allowUnionTypes: true, allErrors: true });
  ajvFormats.default(ajv);
  // The members of the document itself, among which the schemas are found.
  ajv.addVocabulary(Object.keys(document));
  ajv.addSchema(document, 'document');
  return (pointer) => {
    const tokens = pointer.map((token) => encodeURIComponent(token.replaceAll('~', '~0').replaceAll('/', '~1')));
    return ajv.compile({ $ref: `document#/${tokens.join('/')}` });
  };
}
