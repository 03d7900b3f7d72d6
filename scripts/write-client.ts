import { writeFile } from 'node:fs/promises';
import openapiTS, { astToString, NEVER } from 'openapi-typescript';

// From the committed document, so that the client is of the API that was reviewed.
const nodes = await openapiTS(new URL('../openapi.yaml', import.meta.url), {
  rootTypes: true,
  rootTypesNoSchemaPrefix: true,
  // A field with a default may be left out of a request.
  defaultNonNullable: false,
  // What a request must not name.
  transform: (schema) => ('not' in schema ? NEVER : undefined),
});
const header = '// Made from openapi.yaml by `npm run client`. Copy it, and do not edit it.\n\n';
await writeFile(new URL('../client/schema.ts', import.meta.url), header + astToString(nodes));
