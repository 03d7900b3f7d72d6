import { open, rm } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import type { Db } from '../db/client.ts';
import { createAccountRepository } from '../resources/accounts/account-repository.ts';
import { CommandError } from './command-line.ts';
import type { JsonOption, Outcome, Shell } from './command-line.ts';
import { createProgress } from './progress.ts';
import { createSecretTools } from './command-secrets.ts';
import { createSeedRepository } from './seed-repository.ts';
import { countSecrets, seedDatabase } from './seeding.ts';
import type { SeedAmounts } from './seeding.ts';
import { withSession } from './command-session.ts';

/** What its options gave. */
export interface SeedOptions extends JsonOption, SeedAmounts {
  secretsFile: string;
  owner?: string;
  yes?: boolean;
}

/** Fills the database for trials and load tests. */
export async function seed(shell: Shell, options: SeedOptions): Promise<Outcome> {
  const { secretsFile: path, organizations, applications, apiClients } = options;
  if (path === '-') {
    throw new CommandError('--secrets-file must name a file: secrets do not go to standard output', 2);
  }
  const amounts = { organizations, applications, apiClients };
  const secrets = countSecrets(amounts);
  await withSession(shell, async ({ db, config, masterKey }) => {
    const ownerId = options.owner === undefined ? null : await findOwner(db, options.owner);
    if (options.yes !== true && (await createSeedRepository(db).hasOrganizations())) {
      throw new CommandError('The database holds organizations already: add --yes to put more beside them');
    }
    const progress = createProgress(secrets);
    await withNewFile(path, async (write) => {
      let stored = 0;
      await seedDatabase({
        db,
        mint: createSecretTools(config, masterKey).mint,
        amounts,
        permissions: config.permissions.map(({ name }) => name),
        ownerId,
        signal: shell.signal,
        async onStored(made) {
          await write(made.map((line) => `${JSON.stringify(line)}\n`).join(''));
          progress.update((stored += made.length));
        },
      });
    }).finally(() => {
      progress.end();
    });
  });
  return {
    text:
      `Made ${organizations} organizations with ${applications} applications and ${apiClients} API clients each; ` +
      `their ${secrets} secrets are in ${path}.`,
    document: {
      organizations,
      applications: organizations * applications,
      api_clients: organizations * apiClients,
      secrets,
      secrets_file: path,
    },
  };
}

async function findOwner(db: Db, email: string): Promise<string> {
  const account = await createAccountRepository(db).findByEmail(email.toLowerCase());
  if (account === null) throw new CommandError(`${email} has no account: make one with latchkey create-owner`);
  return account.id;
}

/** Lets a file be written that only its owner can read, and that was not there. One that failed to get a line goes again. */
async function withNewFile(path: string, work: (write: (text: string) => Promise<void>) => Promise<void>) {
  const file = await openNew(path);
  try {
    await work((text) => file.appendFile(text));
    await file.sync();
  } catch (err) {
    if ((await file.stat()).size === 0) await rm(path, { force: true });
    throw err;
  } finally {
    await file.close();
  }
}

async function openNew(path: string): Promise<FileHandle> {
  try {
    return await open(path, 'wx', 0o600);
  } catch (err) {
    const isThere = err instanceof Error && 'code' in err && err.code === 'EEXIST';
    const reason = isThere ? 'it exists, and is not overwritten' : (err as Error).message;
    throw new CommandError(`The secrets file ${path} cannot be made: ${reason}`);
  }
}
