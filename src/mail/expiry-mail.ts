import { compose } from './messages.ts';
import type { MailMessage, MailOptions } from './messages.ts';

/** An API client or a secret that ends soon. */
export interface EndingCredential {
  /** Of the API client. */
  clientId: string;
  name: string;
  environment: string;
  /** The last characters of the secret; null where the client itself ends. */
  hint: string | null;
  /** Whether the secret is an old one that runs out after a rotation. */
  isRetiring: boolean;
  /** `YYYY-MM-DD HH:MM`, UTC. */
  endsAt: string;
}

export interface ExpiryMailOptions extends MailOptions {
  organizationName: string;
  /** The first to end, soonest first; at least one. */
  first: readonly EndingCredential[];
  /** How many end in all. */
  count: number;
}

/** So many are named in a mail. */
export const NAMED_MAX = 20;
const NAME_LENGTH_MAX = 60;

/** Tells the owners and admins of an organization what will stop working soon. */
export function expiryMail({ to, serviceUrl, organizationName, first, count }: ExpiryMailOptions): MailMessage {
  const rest = count - first.length;
  const what = count === 1 ? 'A credential ends soon' : `${count} credentials end soon`;
  return compose(to, `${what} (${shorten(organizationName)})`, [
    `These API clients and secrets of ${shorten(organizationName)} at ${serviceUrl} will be refused from the times given here on (UTC):`,
    ...first.map(describe),
    ...(rest === 0 ? [] : [`And ${rest} more that end later; a list of API clients by expires_before shows clients.`]),
    'What is meant to go on needs a later end, or a new secret: rotate it with an overlap, so that nothing stops in between. What is not needed any more ends by itself, and you need not do anything.',
  ]);
}

function describe({ clientId, name, environment, hint, isRetiring, endsAt }: EndingCredential): string {
  const client = `${shorten(name)} (${environment}, ${clientId})`;
  if (hint === null) return `${endsAt}: the API client ${client}, with all its secrets`;
  return `${endsAt}: the ${isRetiring ? 'old ' : ''}secret that ends in ${hint} of ${client}`;
}

/** Names are chosen by members, and may be as long as they like. */
function shorten(name: string): string {
  const characters = Array.from(name);
  return characters.length <= NAME_LENGTH_MAX ? name : `${characters.slice(0, NAME_LENGTH_MAX - 3).join('')}...`;
}
