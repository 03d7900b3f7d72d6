import t from 'tap';
import { sumByFunction, sumBySubject } from '../../bench/cpu-profile.ts';
import type { CpuProfile } from '../../bench/cpu-profile.ts';

const frame = (functionName: string, url = '') => ({ functionName, url });
const module = (name: string) => `file:///srv/latchkey/node_modules/${name}/index.js`;

/** As V8 writes it: a tree of calls, and samples of its leaves. */
const profile: CpuProfile = {
  nodes: [
    { id: 1, callFrame: frame('(root)'), children: [2, 3, 4, 9, 11] },
    { id: 2, callFrame: frame('(idle)') },
    { id: 3, callFrame: frame('(garbage collector)') },
    { id: 4, callFrame: frame('parserOnIncoming', 'node:_http_server'), children: [5] },
    { id: 5, callFrame: frame('routing', module('find-my-way')), children: [6] },
    { id: 6, callFrame: frame('check', 'file:///srv/latchkey/src/secrets/store.js'), children: [7] },
    { id: 7, callFrame: frame('write', 'node:internal/streams/writable'), children: [8] },
    { id: 8, callFrame: frame('writev') },
    { id: 9, callFrame: frame('query', module('pg')), children: [10] },
    { id: 10, callFrame: frame('copy', 'node:buffer') },
    { id: 11, callFrame: frame('listOnTimeout', 'node:internal/timers') },
  ],
  samples: [2, 2, 2, 2, 3, 4, 5, 6, 8, 9, 10, 11],
};

void t.test('time counts for the nearest subject that called for it, and idle time for nobody', async (t) => {
  const shares = new Map(sumBySubject(profile).map(({ name, share }) => [name, share * 8]));
  t.same(Object.fromEntries(shares), {
    'the protocol of Postgres': 2,
    'garbage collection': 1,
    "Node's HTTP: parsing, headers, streams": 1,
    'Fastify: routing, hooks, validating, serializing': 1,
    'secrets: what is remembered, the shared question, who waits for it': 1,
    "the kernel's reads and writes for secrets: what is remembered, the shared question, who waits for it": 1,
    'sockets, timers, promises: what nobody above called': 1,
  });
  t.equal(sumBySubject(profile)[0]?.name, 'the protocol of Postgres');
});

void t.test('a function is named by its file', async (t) => {
  t.same(
    sumByFunction(profile)
      .map(({ name }) => name)
      .sort(),
    [
      '(garbage collector)',
      'check secrets/store.js',
      'copy node:buffer',
      'listOnTimeout node:internal/timers',
      'parserOnIncoming node:_http_server',
      'query pg/index.js',
      'routing find-my-way/index.js',
      'writev',
    ],
  );
});
