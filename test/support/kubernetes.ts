import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import type { Deployment } from 'kubernetes-types/apps/v1.d.ts';
import type { HorizontalPodAutoscaler } from 'kubernetes-types/autoscaling/v2.d.ts';
import type { Container, Namespace, PodSpec, Secret, Service, ServiceAccount } from 'kubernetes-types/core/v1.d.ts';
import type { NetworkPolicy } from 'kubernetes-types/networking/v1.d.ts';
import type { Cluster, ServiceMonitor } from './custom-resources.ts';
import { readYaml, resolveKustomization } from './kustomize.ts';
import type { Resource } from './kustomize.ts';

export const manifests = join(import.meta.dirname, '..', '..', 'docker', 'kubernetes');

interface Kinds {
  Cluster: Cluster;
  Deployment: Deployment;
  HorizontalPodAutoscaler: HorizontalPodAutoscaler;
  Namespace: Namespace;
  NetworkPolicy: NetworkPolicy;
  Service: Service;
  ServiceAccount: ServiceAccount;
  ServiceMonitor: ServiceMonitor;
}

/** An overlay as it is applied. */
export interface Overlay {
  resources: Resource[];
  deployment: Deployment;
  pod: PodSpec;
  container: Container;
  /** The Secret that the overlay does not hold. */
  example: Secret;
}

export async function readOverlay(name: string): Promise<Overlay> {
  const folder = join(manifests, 'overlays', name);
  const resources = await resolveKustomization(folder);
  const deployment = find(resources, 'Deployment');
  const pod = deployment.spec?.template.spec;
  const [container, ...others] = pod?.containers ?? [];
  if (!pod || !container || others.length > 0) throw new Error('the pod has one container');
  const [example] = (await readYaml(join(folder, 'secret.example.yaml'))) as [Secret];
  return { resources, deployment, pod, container, example };
}

export function list<Kind extends keyof Kinds>(resources: readonly Resource[], kind: Kind): Kinds[Kind][] {
  return resources.filter((one) => one.kind === kind) as unknown as Kinds[Kind][];
}

/** @throws when there is not exactly one */
export function find<Kind extends keyof Kinds>(resources: readonly Resource[], kind: Kind, name?: string): Kinds[Kind] {
  const [found, ...others] = list(resources, kind).filter((one) => name === undefined || one.metadata?.name === name);
  if (found === undefined || others.length > 0) throw new Error(`not one ${kind} ${name ?? ''}`);
  return found;
}

/** The settings of a container where every file is there, and a word stands for each password. */
export function plainSettings({ env = [] }: Container): Record<string, string> {
  const given: Record<string, string> = {
    LATCHKEY_MASTER_KEY: Buffer.alloc(32).toString('base64'),
    SMTP_URL: 'smtp://mail.acme.example:587',
    DATABASE_URL: 'postgres://latchkey@postgres.acme.example/latchkey',
  };
  for (const { name, value } of env) {
    if (value !== undefined && !name.endsWith('_FILE')) given[name] = value.replaceAll(/\$\(\w+\)/g, 'password');
  }
  return given;
}

/** What kustomize itself makes of a folder; its release in `kubectl` has known components and such patches since 1.27. */
export function runKustomize(folder: string): string | undefined {
  const kubectl = (args: string[]) => spawnSync('kubectl', args, { encoding: 'utf8' });
  const version = kubectl(['version', '--client', '--output=json']);
  if (version.error !== undefined || Number(/"minor": "(\d+)/.exec(version.stdout)?.[1] ?? 0) < 27) return undefined;
  return kubectl(['kustomize', folder]).stdout;
}
