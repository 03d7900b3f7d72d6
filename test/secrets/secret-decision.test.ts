import { randomBytes, randomUUID } from 'node:crypto';
import t from 'tap';
import { MasterKey } from '../../src/master-key/master-key.ts';
import { Argon2Gate } from '../../src/secrets/argon2-gate.ts';
import { SecretComparer } from '../../src/secrets/comparer.ts';
import type { StoredSecret } from '../../src/secrets/comparer.ts';
import { createHasher } from '../../src/secrets/hasher.ts';
import { MatchMemo } from '../../src/secrets/match-memo.ts';
import { decide } from '../../src/secrets/secret-decision.ts';
import type { SecretState } from '../../src/secrets/secret-state.ts';

const cost = { memoryKib: 64, passes: 1, parallelism: 1 };

async function build(secret: string) {
  const gate = new Argon2Gate({ concurrency: 2, queueMax: 100 });
  const hasher = createHasher({
    gate,
    masterKey: new MasterKey([randomBytes(32)]),
    passwordCost: cost,
    secretCost: cost,
  });
  let comparisons = 0;
  const comparer = new SecretComparer<SecretState & StoredSecret>({
    hasher: {
      verifySecret(stored, presented) {
        comparisons += 1;
        return hasher.verifySecret(stored, presented);
      },
    },
    memo: new MatchMemo(100),
    onStale: () => undefined,
  });
  const state: SecretState = {
    ...{ secretId: randomUUID(), clientId: 'client', name: 'Backend', organizationId: randomUUID() },
    ...{ applicationId: null, environment: 'live', permissions: ['api.read'], scope: 'api.read', status: 'active' },
    ...{ allowedIps: null, expiresAt: null, isExpired: false },
    ...(await hasher.hashSecret(secret)),
  };
  /** Asks one server. */
  const ask = (presented: string, mismatches?: Set<string>) =>
    decide(
      { find: async () => ({ ...state }), comparer, bound: (_state, _presented, compare) => compare(), mismatches },
      { credential: { kind: 'secret', secret: presented, clientId: undefined }, address: '192.0.2.1' },
    );
  return { ask, comparisons: () => comparisons };
}

void t.test(
  'a wrong secret that two servers are asked about is compared once, and each time it is presented',
  async (t) => {
    const { ask, comparisons } = await build('secret');
    for (const times of [1, 2]) {
      const mismatches = new Set<string>();
      for (const server of ['the replica', 'the primary']) {
        t.match(
          await ask('wrong', mismatches),
          { isValid: false, refusal: 'wrong secret', clientId: 'client' },
          server,
        );
      }
      t.equal(comparisons(), times);
    }
    t.match(await ask('wrong'), { isValid: false, refusal: 'wrong secret' });
    t.equal(comparisons(), 3);
  },
);

void t.test('a right secret is accepted of every server, and compared for the first alone', async (t) => {
  const { ask, comparisons } = await build('secret');
  for (const mismatches of [new Set<string>(), undefined]) {
    t.match(await ask('secret', mismatches), { isValid: true, state: { clientId: 'client' } });
    t.equal(comparisons(), 1);
  }
});
