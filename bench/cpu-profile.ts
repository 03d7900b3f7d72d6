/** What V8 writes: samples, and the tree of calls that they point into. */
export interface CpuProfile {
  nodes: { id: number; callFrame: { functionName: string; url: string }; children?: number[] }[];
  samples: number[];
}

/** A part of the samples in which the thread was not idle. The time between samples is not looked at: on a busy machine it holds what others ran. */
export interface Share {
  name: string;
  /** From 0 to 1. */
  share: number;
}

type Frame = CpuProfile['nodes'][number]['callFrame'];

/** What the samples are counted under, by where a function comes from; the first that fits. */
const subjects: readonly [subject: string, path: RegExp][] = [
  ['the log line', /\/(?:pino|sonic-boom|quick-format-unescaped)\/|\/src\/telemetry\//],
  ['the protocol of Postgres', /\/node_modules\/(?:pg|pg-[a-z]+|postgres-[a-z]+|drizzle-orm)\/|\/src\/db\//],
  ['digests, hashes, signatures', /\/node_modules\/(?:argon2|@phc|fast-jwt|@fastify\/jwt)\/|^node:internal\/crypto\//],
  ['secrets: what is remembered, the shared question, who waits for it', /\/src\/secrets\//],
  ['who calls: session and role', /\/src\/identity\//],
  ['the route: credential, rules, answer', /\/src\/(?:resources|changes|rules)\//],
  ['hooks on every request: id, headers, source, metrics', /\/src\//],
  ['Fastify: routing, hooks, validating, serializing', /\/node_modules\//],
  ["Node's HTTP: parsing, headers, streams", /^node:(?:_http|internal\/http|http)/],
];
/** Where the kernel's part of writing to and reading from a socket is found. */
const socketCalls = /^(?:write(?:v|Buffer|Utf8String|Latin1String)|readStart|onStreamRead)$/;
const REST = 'sockets, timers, promises: what nobody above called';

/** By subject, the most first. What runs in a function of Node's own counts for whoever called it. */
export function sumBySubject(profile: CpuProfile): Share[] {
  const parents = new Map(
    profile.nodes.flatMap(({ id, children = [] }) => children.map((child) => [child, id] as const)),
  );
  const frames = new Map(profile.nodes.map(({ id, callFrame }) => [id, callFrame]));
  return sum(profile, (id) => {
    const frame = frames.get(id)!;
    if (frame.functionName === '(garbage collector)') return 'garbage collection';
    if (frame.functionName === '(program)') return 'native code outside of JavaScript';
    let subject: string | undefined;
    for (let at: number | undefined = id; at !== undefined && subject === undefined; at = parents.get(at)) {
      subject = subjectOf(frames.get(at)!);
    }
    if (isKernels(frame)) return `the kernel's reads and writes for ${subject ?? 'sockets'}`;
    return subject ?? REST;
  });
}

/** By the function that ran, the most first. */
export function sumByFunction(profile: CpuProfile): Share[] {
  const frames = new Map(profile.nodes.map(({ id, callFrame }) => [id, callFrame]));
  return sum(profile, (id) => {
    const { functionName, url } = frames.get(id)!;
    return `${functionName === '' ? '(anonymous)' : functionName} ${url.split('/').slice(-2).join('/')}`.trim();
  });
}

function sum({ nodes, samples }: CpuProfile, nameOf: (id: number) => string): Share[] {
  const idle = new Set(nodes.filter(({ callFrame }) => callFrame.functionName === '(idle)').map(({ id }) => id));
  const names = new Map(nodes.map(({ id }) => [id, nameOf(id)]));
  const busy = samples.filter((id) => !idle.has(id));
  const counts = new Map<string, number>();
  for (const id of busy) {
    const name = names.get(id)!;
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return Array.from(counts, ([name, count]) => ({ name, share: count / busy.length })).sort(
    (a, b) => b.share - a.share,
  );
}

function subjectOf({ url }: Frame): string | undefined {
  const path = url.replace(/^file:\/\//, '');
  return subjects.find(([, pattern]) => pattern.test(path))?.[0];
}

function isKernels({ functionName, url }: Frame): boolean {
  return url === '' && socketCalls.test(functionName);
}
