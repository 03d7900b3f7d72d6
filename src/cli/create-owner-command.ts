import { Type } from 'typebox';
import { API_PREFIX } from '../http/api-prefix.ts';
import { systemCaller } from '../changes/caller.ts';
import { createChangeRunner } from '../changes/change-runner.ts';
import { readConfig } from '../settings/config.ts';
import { isUniqueViolation } from '../errors.ts';
import { explainPassword, explainPasswordFor } from '../rules/passwords.ts';
import { USERS_EMAIL_KEY } from '../resources/accounts/account-repository.ts';
import { createRegistrationRepository } from '../resources/accounts/registration-repository.ts';
import { insertAccount } from '../resources/accounts/new-account.ts';
import type { AccountMade } from '../resources/accounts/new-account.ts';
import { Email, Name } from '../http/schemas.ts';
import { explainValue } from '../http/validation.ts';
import { CommandError } from './command-line.ts';
import type { JsonOption, Outcome, Shell } from './command-line.ts';
import { askPassword, generatePassword, readPassword } from './new-password.ts';
import { createSecretTools } from './command-secrets.ts';
import { withSession } from './command-session.ts';
import type { Session } from './command-session.ts';

/** What its options gave. */
export interface CreateOwnerOptions extends JsonOption {
  organization?: string;
  passwordStdin?: boolean;
  generatePassword?: boolean;
}

interface Owner {
  /** Lower case. */
  email: string;
  organizationName: string | undefined;
  password: string;
}

/** Makes an account with its organization and first application, without mail. */
export async function createOwner(shell: Shell, email: string, options: CreateOwnerOptions): Promise<Outcome> {
  requireValid(email, options.organization);
  readConfig(shell.env, shell);
  const password = await obtainPassword(shell, options);
  const fault = explainPassword(password) ?? explainPasswordFor(email, password);
  if (fault !== undefined) throw new CommandError(`The password ${fault}`);
  const owner = { email: email.toLowerCase(), organizationName: options.organization, password };
  return withSession(shell, async (session) => {
    const made = await insertOwner(session, owner);
    return report(made, { ...owner, isGenerated: options.generatePassword === true, session });
  });
}

function requireValid(email: string, organization: string | undefined): void {
  const schema = Type.Object({ email: Email, organization: Type.Optional(Name) });
  const faults = explainValue(schema, { email, ...(organization === undefined ? {} : { organization }) });
  if (faults.length === 0) return;
  const words = faults.map(({ pointer, detail }) => `${pointer.slice(1)} ${detail}`);
  throw new CommandError(words.join('; '), 2);
}

async function obtainPassword({ stdin, stderr, signal }: Shell, options: CreateOwnerOptions): Promise<string> {
  if (options.generatePassword === true) return generatePassword();
  if (options.passwordStdin === true) return readPassword(stdin);
  if (stdin.isTTY === true) return askPassword({ stdin, stderr, signal });
  throw new CommandError(
    'There is no terminal to ask for the password: use --password-stdin or --generate-password',
    2,
  );
}

async function insertOwner(session: Session, { email, organizationName, password }: Owner): Promise<AccountMade> {
  const { config, masterKey, db, log } = session;
  const { hasher, mint } = createSecretTools(config, masterKey);
  const { permissions } = config;
  try {
    return await createChangeRunner({ db, masterKey, log }).run(systemCaller(), {
      prepare: async () => ({ passwordHash: await hasher.hashPassword(password), secret: await mint('live') }),
      async apply(change, prepared) {
        // What waits for a code under this email is settled.
        await createRegistrationRepository(change.tx).take(email);
        return insertAccount(change, { email, organizationName, permissions, isOwnDoing: false, ...prepared });
      },
    });
  } catch (err) {
    if (!isUniqueViolation(err, USERS_EMAIL_KEY)) throw err;
    throw new CommandError(`${email} has an account already: nothing was changed`);
  }
}

function report(
  { userId, organization, application }: AccountMade,
  { email, password, isGenerated, session }: Owner & { isGenerated: boolean; session: Session },
): Outcome {
  const { publicUrl } = session.config;
  const loginUrl = `${publicUrl}${API_PREFIX}/programmatic/login/`;
  const docsUrl = `${publicUrl}/docs`;
  return {
    text: [
      `${email} owns ${organization.name} with the application ${application.name}.`,
      '',
      ...(isGenerated ? [`password  ${password}`] : []),
      `api_key   ${application.api_key}`,
      `Shown this once: keep ${isGenerated ? 'them' : 'it'} now.`,
      '',
      `Next: start the service if it does not run, log in at ${docsUrl} (or POST ${loginUrl}).`,
    ].join('\n'),
    document: {
      user_id: userId,
      email,
      ...(isGenerated ? { password } : {}),
      organization,
      application,
      login_url: loginUrl,
      docs_url: docsUrl,
    },
  };
}
