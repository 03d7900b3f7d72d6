import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';

export interface Resource {
  apiVersion: string;
  kind: string;
  metadata: { name: string; namespace?: string; labels?: Record<string, string> };
  [member: string]: unknown;
}

interface Kustomization {
  resources?: string[];
  components?: string[];
  patches?: { path: string }[];
  images?: { name: string; newName: string; newTag: string }[];
}

/** All that a `kustomization.yaml` may say here: what is not in this list is not resolved, so it is an error. */
const known = new Set(['apiVersion', 'kind', 'resources', 'components', 'patches', 'images']);

/** The lists that a strategic merge patch merges, by the member that names an element. It replaces all others. */
const mergeKeys: Record<string, string> = {
  containers: 'name',
  env: 'name',
  volumes: 'name',
  volumeMounts: 'mountPath',
};

/**
 * What `kustomize build` makes of a folder, as far as the folders of this repository use it. Kustomize is a program in Go
 * that neither npm nor Debian has in a current release; where `kubectl` is installed, the tests compare.
 * @throws when a file is missing, a patch has not exactly one target, or something is used that is not resolved here
 */
export async function resolveKustomization(folder: string): Promise<Resource[]> {
  const [kustomization] = (await readYaml(join(folder, 'kustomization.yaml'))) as [Kustomization];
  for (const name of Object.keys(kustomization)) if (!known.has(name)) throw new Error(`${name} in ${folder}`);
  const { resources = [], components = [], patches = [], images = [] } = kustomization;
  const made: Resource[] = [];
  for (const name of [...resources, ...components]) {
    const path = join(folder, name);
    made.push(...(name.endsWith('.yaml') ? ((await readYaml(path)) as Resource[]) : await resolveKustomization(path)));
  }
  for (const { path } of patches) {
    for (const patch of (await readYaml(join(folder, path))) as Resource[]) {
      const [target, ...others] = made.filter((one) => identify(one) === identify(patch));
      if (target === undefined || others.length > 0) throw new Error(`${path}: no one target for ${identify(patch)}`);
      made[made.indexOf(target)] = merge(target, patch) as Resource;
    }
  }
  return made.map((one) => setImages(one, images));
}

/** Every document of a YAML file, aliases and anchors resolved. */
export async function readYaml(path: string): Promise<unknown[]> {
  const documents = parseAllDocuments(await readFile(path, 'utf8'), { uniqueKeys: true });
  if (!Array.isArray(documents)) return [];
  return documents.map((document) => {
    if (document.errors[0]) throw document.errors[0];
    return document.toJSON() as unknown;
  });
}

export function identify({ apiVersion, kind, metadata: { name, namespace } }: Resource): string {
  return [apiVersion, kind, namespace, name].join(' ');
}

function merge(target: unknown, patch: unknown, key = ''): unknown {
  if (Array.isArray(target) && Array.isArray(patch) && mergeKeys[key] !== undefined) {
    return mergeLists(target as Named[], patch as Named[], mergeKeys[key]);
  }
  if (!isObject(target) || !isObject(patch)) return patch;
  const merged = { ...target };
  for (const [name, value] of Object.entries(patch)) merged[name] = merge(target[name], value, name);
  return merged;
}

type Named = Record<string, unknown>;

/** What is new goes before what was there. */
function mergeLists(target: Named[], patch: Named[], key: string): Named[] {
  const isAdded = (one: Named) => !target.some((other) => other[key] === one[key]);
  const kept = target.map((one) => {
    const change = patch.find((other) => other[key] === one[key]);
    return change === undefined ? one : (merge(one, change) as Named);
  });
  return [...patch.filter(isAdded), ...kept];
}

function setImages(resource: Resource, images: NonNullable<Kustomization['images']>): Resource {
  const copy = structuredClone(resource);
  visit(copy, (object) => {
    const image = images.find(({ name }) => name === object.image);
    if (image) object.image = `${image.newName}:${image.newTag}`;
  });
  return copy;
}

/** Calls `look` with every object in a resource. */
export function visit(value: unknown, look: (object: Named) => void): void {
  if (Array.isArray(value)) for (const one of value) visit(one, look);
  if (!isObject(value)) return;
  look(value);
  for (const one of Object.values(value)) visit(one, look);
}

function isObject(value: unknown): value is Named {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
