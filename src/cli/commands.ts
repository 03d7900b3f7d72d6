import { InvalidArgumentError, Option } from 'commander';
import type { Command } from 'commander';
import { wholeNumber } from '../settings/setting-parsers.ts';
import type { AfterRestoreOptions } from './after-restore-command.ts';
import type { JsonOption, Runner, Shell } from './command-line.ts';
import type { CreateOwnerOptions } from './create-owner-command.ts';
import type { PermissionsOptions } from './permissions-command.ts';
import type { RotateSigningKeyOptions } from './rotate-signing-key-command.ts';
import type { SeedOptions } from './seed-command.ts';
import type { VerifyAuditOptions } from './verify-audit-command.ts';

/** Adds every command, in the order of the help. The code of a command is loaded when it runs, and no other. */
export function addCommands(program: Command, env: Shell['env'], run: Runner): void {
  addServe(program, env);
  addMigrate(program, run);
  addCreateOwner(program, run);
  addResetSecondFactor(program, run);
  addRotateSigningKey(program, run);
  addRotateMasterKey(program, run);
  addAfterRestore(program, run);
  addVerifyAudit(program, run);
  addPermissions(program, run);
  addSeed(program, run);
  addConfig(program, run);
  addDoctor(program, run);
}

function addServe(program: Command, env: Shell['env']): void {
  program
    .command('serve')
    .summary('run the service')
    .description('Run the service until SIGTERM or SIGINT, as `node dist/server.js` does.')
    .action(async () => (await import('../serve.ts')).serve(env));
}

function addMigrate(program: Command, run: Runner): void {
  program
    .command('migrate')
    .summary('bring the database to the schema of this release')
    .description('Bring the database to the schema of this release, as every start of the service does.')
    .option('--json', 'print one JSON document')
    .action((options: JsonOption) =>
      run(options, async (shell) => (await import('./migrate-command.ts')).migrate(shell)),
    );
}

function addCreateOwner(program: Command, run: Runner): void {
  program
    .command('create-owner')
    .summary('create an account without mail')
    .description('Create an account without mail: a user, an organization and its first application.')
    .argument('<email>', 'the email to log in with')
    .option('--organization <name>', 'the name of the organization; default: made of the email')
    .option('--password-stdin', 'read the password from standard input instead of asking for it')
    .addOption(new Option('--generate-password', 'make a password and show it once').conflicts('passwordStdin'))
    .option('--json', 'print one JSON document')
    .action((email: string, options: CreateOwnerOptions) =>
      run(options, async (shell) => (await import('./create-owner-command.ts')).createOwner(shell, email, options)),
    );
}

function addResetSecondFactor(program: Command, run: Runner): void {
  program
    .command('reset-second-factor')
    .summary('take the second factor of somebody away who has lost it')
    .description(
      'Take the authenticator app, the passkeys and the recovery codes of an account away, and end its sessions. The person is ' +
        'told by mail. Make sure that it is the person who asks: the password alone opens the account afterwards.',
    )
    .argument('<email>', 'the email of the account')
    .option('--json', 'print one JSON document')
    .action((email: string, options: JsonOption) =>
      run(options, async (shell) => (await import('./reset-second-factor-command.ts')).resetSecondFactor(shell, email)),
    );
}

function addRotateSigningKey(program: Command, run: Runner): void {
  program
    .command('rotate-signing-key')
    .summary('change the key that signs tokens')
    .description('Make the key that signs tokens from now on. It is published first; tokens of the old one stay good.')
    .option('--now', 'for a key that others may know: sign at once, and refuse every token of the old keys')
    .option('--json', 'print one JSON document')
    .action((options: RotateSigningKeyOptions) =>
      run(options, async (shell) => (await import('./rotate-signing-key-command.ts')).rotateSigningKey(shell, options)),
    );
}

function addAfterRestore(program: Command, run: Runner): void {
  program
    .command('after-restore')
    .summary('take back what a restored backup must not bring back')
    .description('After a restore: end every session, refuse every token issued so far, and say what else to check.')
    .option('--yes', 'do it')
    .option('--json', 'print one JSON document')
    .action((options: AfterRestoreOptions) =>
      run(options, async (shell) => (await import('./after-restore-command.ts')).afterRestore(shell, options)),
    );
}

function addRotateMasterKey(program: Command, run: Runner): void {
  program
    .command('rotate-master-key')
    .summary('move what an old master key sealed to the new one')
    .description(
      'Seal under the first key of LATCHKEY_MASTER_KEY=new,old what was sealed under the others, so that they can go.',
    )
    .option('--json', 'print one JSON document')
    .addHelpText(
      'after',
      `
The service may run meanwhile, and this may be interrupted and run again. In this order:
1. With more than one instance: start them all with old,new, so that each can read what the others write.
2. Start every instance with new,old.
3. Run this command with new,old.
4. Start every instance with new.`,
    )
    .action((options: JsonOption) =>
      run(options, async (shell) => (await import('./rotate-master-key-command.ts')).rotateMasterKey(shell)),
    );
}

function addVerifyAudit(program: Command, run: Runner): void {
  program
    .command('verify-audit')
    .summary('find out whether the audit trail is whole')
    .description(
      'Verify the audit trail: every chain of the database, one, or an export. Names the first event of each chain that was ' +
        'changed, put in, moved or taken out; the exit code is 1 then.',
    )
    .option('--organization <uuid>', 'verify the chain of this organization (or user) alone')
    .addOption(new Option('--file <file>', 'verify an export (NDJSON); needs no database').conflicts('organization'))
    .option('--head <jws>', 'a head that was kept elsewhere, or a file with it: its chain must hold it')
    .option('--json', 'print one JSON document')
    .action((options: VerifyAuditOptions) =>
      run(options, async (shell) => (await import('./verify-audit-command.ts')).verifyAudit(shell, options)),
    );
}

function addPermissions(program: Command, run: Runner): void {
  program
    .command('permissions')
    .summary('show which permissions API clients hold')
    .description(
      'Show every permission of the catalogue and every other one that API clients still hold. One that leaves the ' +
        'catalogue stays granted until it is taken out.',
    )
    .option('--remove-unknown', 'take those that are not in the catalogue out of every API client, at once')
    .option('--json', 'print one JSON document')
    .action((options: PermissionsOptions) =>
      run(options, async (shell) => (await import('./permissions-command.ts')).showPermissions(shell, options)),
    );
}

function addSeed(program: Command, run: Runner): void {
  program
    .command('seed')
    .summary('fill the database for trials and load tests')
    .description('Fill the database with organizations, applications and API clients, for trials and load tests.')
    .requiredOption('--organizations <n>', 'how many organizations', count(1, 100_000))
    .option('--applications <n>', 'how many applications each organization gets', count(0, 10_000), 1)
    .option(
      '--api-clients <n>',
      'how many API clients each organization gets, dealt out to its applications in turn',
      count(0, 1_000_000),
      1,
    )
    .requiredOption('--secrets-file <file>', 'a new file for the secrets in plain, one JSON object a line')
    .option('--owner <email>', 'an account that is to own the organizations; default: nobody is a member')
    .option('--yes', 'go on when the database holds organizations already')
    .option('--json', 'print one JSON document')
    .action((options: SeedOptions) =>
      run(options, async (shell) => (await import('./seed-command.ts')).seed(shell, options)),
    );
}

function addConfig(program: Command, run: Runner): void {
  program
    .command('config')
    .summary('show the settings in effect')
    .description('Show the settings in effect and every one that is wrong. Secrets are not shown.')
    .option('--json', 'print one JSON document')
    .action((options: JsonOption) =>
      run(options, async (shell) => (await import('./config-command.ts')).showConfig(shell)),
    );
}

function addDoctor(program: Command, run: Runner): void {
  program
    .command('doctor')
    .summary('check settings, database, keys and mail')
    .description('Check the settings, the database, the keys and the mail server. Changes nothing.')
    .option('--json', 'print one JSON document')
    .action((options: JsonOption) =>
      run(options, async (shell) => (await import('./doctor-command.ts')).examine(shell)),
    );
}

/** @throws InvalidArgumentError, with which the program says what is wrong with the call */
function count(min: number, max: number): (text: string) => number {
  const parse = wholeNumber(min, max);
  return (text) => {
    try {
      return parse(text);
    } catch (err) {
      throw new InvalidArgumentError(`It ${(err as Error).message}.`);
    }
  };
}
