import { join } from 'node:path';
import ts from 'typescript';
import { identify } from './kustomize.ts';
import type { Resource } from './kustomize.ts';

const options: ts.CompilerOptions = {
  strict: true,
  noEmit: true,
  lib: ['lib.es2020.d.ts'],
  types: [],
  module: ts.ModuleKind.ESNext,
  moduleResolution: ts.ModuleResolutionKind.Bundler,
  allowImportingTsExtensions: true,
};

/**
 * What is wrong with resources by the types of Kubernetes' own OpenAPI document (kubernetes-types): a member that it does
 * not have, a value of another type, one that is missing. Each resource is compiled as a constant of its type, as the
 * compiler is strict where a JSON schema is not: the document allows unknown members everywhere.
 */
export function findSchemaErrors(resources: readonly Resource[]): string[] {
  const files = new Map(
    resources.map((one, index) => [join(import.meta.dirname, `resource-${index}.ts`), toSource(one)]),
  );
  const disk = ts.createCompilerHost(options);
  const host: ts.CompilerHost = {
    ...disk,
    fileExists: (path) => files.has(path) || disk.fileExists(path),
    readFile: (path) => files.get(path) ?? disk.readFile(path),
    getSourceFile(path, languageVersion, ...rest) {
      const text = files.get(path);
      if (text === undefined) return disk.getSourceFile(path, languageVersion, ...rest);
      return ts.createSourceFile(path, text, languageVersion);
    },
  };
  const program = ts.createProgram([...files.keys()], options, host);
  return ts.getPreEmitDiagnostics(program).map(({ file, start, messageText }) => {
    const resource = resources[[...files.keys()].indexOf(file?.fileName ?? '')];
    const line = file && start !== undefined ? file.text.slice(start).split('\n')[0] : '';
    const text = ts.flattenDiagnosticMessageText(messageText, ' ');
    return `${resource ? identify(resource) : file?.fileName}: ${line}: ${text}`;
  });
}

function toSource(resource: Resource): string {
  const { apiVersion, kind } = resource;
  const [group = '', version] = apiVersion.includes('/') ? apiVersion.split('/') : ['core', apiVersion];
  const isCustom = ['Cluster', 'ServiceMonitor'].includes(kind);
  const from = isCustom ? './custom-resources.ts' : `kubernetes-types/${group.split('.')[0]}/${version}`;
  const type = `${kind} & { apiVersion: '${apiVersion}'; kind: '${kind}'; metadata: { namespace?: string } }`;
  return `import type { ${kind} } from '${from}';\nexport const resource: ${type} =\n${JSON.stringify(resource, null, 1)};\n`;
}
