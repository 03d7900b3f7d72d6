import { createChangeRunner } from '../changes/change-runner.ts';
import type { JsonOption, Outcome, Shell } from './command-line.ts';
import { withSession } from './command-session.ts';
import { countGrants, findWithoutKnownGrant, removeUnknownGrants } from './permission-grants.ts';
import type { PermissionGrant } from './permission-grants.ts';

/** What its options gave. */
export interface PermissionsOptions extends JsonOption {
  removeUnknown?: boolean;
}

interface Line extends PermissionGrant {
  is_in_catalogue: boolean;
}

/** Shows which permissions API clients hold, and takes out those that left the catalogue where that is asked for. */
export async function showPermissions(shell: Shell, { removeUnknown = false }: PermissionsOptions): Promise<Outcome> {
  return withSession(shell, async ({ config, db, masterKey, log }) => {
    const { $client: client } = db;
    const changes = createChangeRunner({ db, masterKey, log });
    const catalogue = config.permissions.map(({ name }) => name);
    let changed = 0;
    if (removeUnknown) {
      for (let batch = -1; batch !== 0; changed += batch) {
        shell.signal.throwIfAborted();
        batch = await removeUnknownGrants(changes, catalogue);
      }
    }
    const left = await findWithoutKnownGrant(client, catalogue);
    const lines = toLines(catalogue, await countGrants(client));
    return {
      text: [...lines.map(describe), ...describeNext(lines, removeUnknown, changed)].join('\n'),
      document: { permissions: lines, changed_clients: changed, clients_left: left.count },
      complaint: removeUnknown && left.count > 0 ? describeLeft(left) : undefined,
    };
  });
}

function toLines(catalogue: readonly string[], grants: readonly PermissionGrant[]): Line[] {
  const unknown = grants.filter(({ name }) => !catalogue.includes(name));
  const clientsOf = (name: string) => grants.find((grant) => grant.name === name)?.clients ?? 0;
  return [
    ...catalogue.map((name) => ({ name, clients: clientsOf(name), is_in_catalogue: true })),
    ...unknown.map((grant) => ({ ...grant, is_in_catalogue: false })),
  ];
}

function describe({ name, clients, is_in_catalogue: isInCatalogue }: Line): string {
  return `${name}: ${clients} API ${clients === 1 ? 'client' : 'clients'}${isInCatalogue ? '' : ' (not in the catalogue)'}`;
}

function describeNext(lines: readonly Line[], wasRemoved: boolean, changed: number): string[] {
  if (wasRemoved) return [`${changed} API clients were changed`];
  if (lines.every((line) => line.is_in_catalogue)) return [];
  return ['--remove-unknown takes what is not in the catalogue out of every API client'];
}

function describeLeft({ firstIds, count }: { firstIds: string[]; count: number }): string {
  const more = count > firstIds.length ? ' and more' : '';
  return (
    `${count} API clients hold nothing else and were left as they are, because a client holds at least one permission. ` +
    `Give them another one, pause or delete them: ${firstIds.join(', ')}${more}`
  );
}
