import { createHash, randomBytes } from 'node:crypto';
import pg from 'pg';
import { MasterKey } from '../src/master-key/master-key.ts';
import { ARGON2_CONCURRENCY, Argon2Gate } from '../src/secrets/argon2-gate.ts';
import { createHasher } from '../src/secrets/hasher.ts';
import type { Hasher, SecretHash } from '../src/secrets/hasher.ts';
import { generateSecret } from '../src/secrets/secret-format.ts';

/** A client whose secret is known. */
export interface Machine {
  clientId: string;
  secret: string;
  hash: string;
}

/** The known clients of a seeded database. */
export interface Machines {
  /** Shown again and again. */
  warm: Machine[];
  /** Not shown before the case that needs them; each once. */
  cold: Machine[];
  /** Of existing clients, with another hash: always refused, after argon2. */
  wrong: Machine[];
}

export interface Amounts {
  total: number;
  warm: number;
  cold: number;
  wrong: number;
}

/** Hashes that are made before they are stored: the memory of this process bounds them. */
const BATCH = 10_000;

/** The cost of generated secrets, as the service has it by default. */
export const secretCost = { memoryKib: 64, passes: 1, parallelism: 1 };

const ORGANIZATIONS = 1000;

/** Further clients of a database that {@link seedService} has filled. */
export async function seedMore(databaseUrl: string, masterKey: Buffer, amount: number): Promise<Machine[]> {
  const client = await connect(databaseUrl);
  try {
    const insert = createInserter(client, createSeedHasher(masterKey));
    const machines: Machine[] = [];
    while (machines.length < amount) machines.push(...(await insert(Math.min(BATCH, amount - machines.length))));
    await client.query('vacuum analyze');
    return machines;
  } finally {
    await client.end();
  }
}

function createSeedHasher(masterKey: Buffer): Hasher {
  const gate = new Argon2Gate({ concurrency: ARGON2_CONCURRENCY, queueMax: 100_000, waitMaxMs: Infinity });
  const passwordCost = { memoryKib: 19_456, passes: 2, parallelism: 1 };
  return createHasher({ gate, masterKey: new MasterKey([masterKey]), passwordCost, secretCost });
}

/** Fills a migrated database of the service. Ids and hashes of the clients nobody uses are made up by Postgres. */
export async function seedService(databaseUrl: string, masterKey: Buffer, amounts: Amounts): Promise<Machines> {
  const hasher = createSeedHasher(masterKey);
  const known = amounts.warm + amounts.cold + amounts.wrong;
  const client = await connect(databaseUrl);
  try {
    await client.query(
      `insert into organizations (id, name, contact_email)
        select gen_random_uuid(), 'Organization ' || i, 'contact' || i || '@example.com' from generate_series(1, $1) as i`,
      [ORGANIZATIONS],
    );
    await client.query(fillerSql, [Math.max(0, amounts.total - known)]);
    const insert = createInserter(client, hasher);
    const warm = await insert(amounts.warm);
    const cold = await insert(amounts.cold);
    const wrong = await insert(amounts.wrong, await hasher.hashSecret('something else'));
    await client.query('vacuum analyze');
    return { warm, cold, wrong };
  } finally {
    await client.end();
  }
}

const fillerSql = `
  with places as (select array_agg(id) as ids from organizations), made as (
    insert into api_clients (id, client_id, organization_id, name, environment, permissions)
    select gen_random_uuid(), substr(translate(encode(sha256(i::text::bytea), 'base64'), '+/', '-_'), 1, 22),
      ids[1 + i % cardinality(ids)], 'Client ' || i, 'live', array['api.read', 'flows.execute']
    from places, generate_series(1, $1::int) as i
    returning id
  )
  insert into secrets (id, api_client_id, lookup_id, hash, pepper_version, hint)
  select gen_random_uuid(), id, substr(translate(encode(sha256(id::text::bytea), 'base64'), '+/', 'Aa'), 1, 22),
    '$argon2id$v=19$m=64,t=1,p=1$' || substr(encode(sha256((id || 's')::bytea), 'base64'), 1, 22)
      || '$' || substr(encode(sha256((id || 'h')::bytea), 'base64'), 1, 43), 'none', 'none'
  from made`;

function createInserter(client: pg.Client, hasher: Hasher) {
  return async (amount: number, otherHash?: SecretHash): Promise<Machine[]> => {
    const made = await Promise.all(
      Array.from({ length: amount }, async () => {
        const generated = generateSecret('lk', 'live');
        const hashed = otherHash ?? (await hasher.hashSecret(generated.secret));
        return { ...generated, ...hashed, clientId: randomBytes(16).toString('base64url') };
      }),
    );
    await client.query(
      `with places as (select array_agg(id) as ids from organizations), given as (
          select gen_random_uuid() as id, row_number() over () as i, given.*
          from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[])
            as given (client_id, lookup_id, hash, pepper_version, hint)
        ), made as (
          insert into api_clients (id, client_id, organization_id, name, environment, permissions)
          select id, client_id, ids[1 + i % cardinality(ids)], 'Client ' || i, 'live', array['api.read', 'flows.execute']
          from given, places
        )
        insert into secrets (id, api_client_id, lookup_id, hash, pepper_version, hint)
        select gen_random_uuid(), id, lookup_id, hash, pepper_version, hint from given`,
      [
        made.map((row) => row.clientId),
        made.map((row) => row.lookupId),
        made.map((row) => row.hash),
        made.map((row) => row.pepperVersion),
        made.map((row) => row.hint),
      ],
    );
    return made.map(({ clientId, secret, hash }) => ({ clientId, secret, hash }));
  };
}

/** Fills better-auth's own table with the keys of one user. @returns the plain keys that are known */
export async function seedBetterAuth(databaseUrl: string, amounts: Pick<Amounts, 'total' | 'warm'>): Promise<string[]> {
  const client = await connect(databaseUrl);
  try {
    const keys = Array.from({ length: amounts.warm }, () => `lk_${randomBytes(48).toString('base64url')}`);
    const hashes = keys.map((key) => createHash('sha256').update(key).digest('base64url'));
    const filler = amounts.total - amounts.warm;
    await client.query(
      `with hashes as (
          select unnest($1::text[]) as hash
          union all
          select translate(encode(sha256(i::text::bytea), 'base64'), '+/=', '-_') from generate_series(1, $2::int) as i
        )
        insert into apikey (id, "configId", name, start, prefix, key, "referenceId", enabled, "rateLimitEnabled",
          "requestCount", "createdAt", "updatedAt", permissions)
        select gen_random_uuid()::text, 'default', 'Backend', 'lk_abc', 'lk_', hash, (select id from "user" limit 1), true, false,
          0, now(), now(), '{"api":["read"],"flows":["execute"]}'
        from hashes`,
      [hashes, filler],
    );
    await client.query('vacuum analyze');
    return keys;
  } finally {
    await client.end();
  }
}

/** Fills the table of oidc-provider's adapter with clients. @returns those whose secrets are known */
export async function seedOidcProvider(
  databaseUrl: string,
  amounts: Pick<Amounts, 'total' | 'warm'>,
): Promise<Omit<Machine, 'hash'>[]> {
  const client = await connect(databaseUrl);
  try {
    await client.query(
      `create table models (
        model text not null, id text not null, payload jsonb not null, grant_id text, uid text, user_code text,
        consumed_at timestamptz, expires_at timestamptz, primary key (model, id)
      );
      create index on models (grant_id) where grant_id is not null;
      create index on models (uid) where uid is not null;
      create index on models (user_code) where user_code is not null;`,
    );
    const known = Array.from({ length: amounts.warm }, () => ({
      clientId: randomBytes(16).toString('base64url'),
      secret: randomBytes(32).toString('base64url'),
    }));
    await client.query(
      `with clients as (
          select * from unnest($1::text[], $2::text[]) as known (id, secret)
          union all
          select 'client-' || i, encode(sha256(i::text::bytea), 'hex') from generate_series(1, $3::int) as i
        )
        insert into models (model, id, payload)
        select 'Client', id, jsonb_build_object('client_id', id, 'client_secret', secret, 'client_name', 'Backend',
          'grant_types', '["client_credentials"]'::jsonb, 'redirect_uris', '[]'::jsonb, 'response_types', '[]'::jsonb,
          'scope', 'api.read flows.execute')
        from clients`,
      [known.map((one) => one.clientId), known.map((one) => one.secret), amounts.total - amounts.warm],
    );
    await client.query('vacuum analyze');
    return known;
  } finally {
    await client.end();
  }
}

async function connect(databaseUrl: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: databaseUrl });
  // An interrupted run takes the server away under its connections.
  client.on('error', () => undefined);
  await client.connect();
  return client;
}
