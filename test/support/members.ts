import type { Role } from '../../src/db/tables/organizations.ts';
import { waitFor } from './build-app.ts';
import type { TestApp } from './build-app.ts';
import type { Company } from './company.ts';
import { API } from './factories.ts';

/** A member as the API answers it. */
export interface MemberRecord {
  uuid: string;
  email: string;
  role: Role;
  has_second_factor: boolean;
  joined_at: string;
  last_seen_at: string | null;
}

/** The members of a company, by email. */
export async function readMembers(test: TestApp, { path, owner }: Pick<Company, 'path' | 'owner'>) {
  const response = await test.request('GET', `${path}/members/?limit=100`, { token: owner.token });
  if (response.statusCode !== 200) throw new Error(`members answered ${response.statusCode}: ${response.body}`);
  return new Map(response.json<{ results: MemberRecord[] }>().results.map((member) => [member.email, member]));
}

/** The address of somebody's membership in a company. */
export async function addressOf(test: TestApp, company: Company, { email }: { email: string }): Promise<string> {
  const member = (await readMembers(test, company)).get(email);
  if (member === undefined) throw new Error(`${email} is no member`);
  return `${company.path}/members/${member.uuid}/`;
}

/** The roles of all owners of an organization there are, as the database has them. */
export async function countOwners(test: TestApp, organizationId: string): Promise<number> {
  const rows = await test.query(`select 1 from memberships where organization_id = $1 and role = 'owner'`, [
    organizationId,
  ]);
  return rows.length;
}

/** The events of a chain, oldest first, as they were written. */
export async function readChain(test: TestApp, chainId: string): Promise<ChainEvent[]> {
  const rows = await test.query<{ canonical: string }>(
    'select canonical from audit_events where chain_id = $1 order by sequence',
    [chainId],
  );
  return rows.map(({ canonical }) => JSON.parse(canonical) as ChainEvent);
}

export interface ChainEvent {
  action: string;
  actor: { type: string; id: string | null; email: string | null };
  target: { type: string; id: string; name: string | null };
  changes: Record<string, { from: unknown; to: unknown }>;
  ip: string | null;
  user_agent: string | null;
}

export interface InviteResult {
  email: string;
  result: 'invited' | 'already_member' | 'already_invited';
  invitation: string | null;
}

/** An organization, and who invites to it. */
interface Inviting {
  path: string;
  owner: { token: string };
}

/** Invites people as the owner, or as who is named. */
export async function invite(
  test: TestApp,
  { path, owner }: Inviting,
  { emails, role = 'developer', token = owner.token }: { emails: string[]; role?: string; token?: string },
): Promise<InviteResult[]> {
  const response = await test.request('POST', `${path}/members/invite/`, { token, body: { emails, role } });
  if (response.statusCode !== 200) throw new Error(`invite answered ${response.statusCode}: ${response.body}`);
  return response.json<{ results: InviteResult[] }>().results;
}

/** The token in the newest mail to an address, once `count` mails with one have arrived. */
export async function readInvitation({ smtp }: TestApp, email: string, count = 1): Promise<string> {
  return waitFor(() => {
    const texts = smtp.received
      .filter(({ recipients }) => recipients.includes(email))
      .toSorted((a, b) => ((a.content.messageId ?? '') < (b.content.messageId ?? '') ? -1 : 1))
      .map(({ content }) => /\/console\/invitation#([\w-]{43})$/m.exec((content.text ?? '').replaceAll('\r', ''))?.[1]);
    const tokens = texts.filter((token) => token !== undefined);
    return tokens.length >= count ? tokens.at(-1) : undefined;
  });
}

/** Invites one person, and gives the token that was mailed. */
export async function inviteOne(
  test: TestApp,
  company: Inviting,
  { email, role = 'developer' }: { email: string; role?: string },
): Promise<{ id: string; url: string; token: string }> {
  const [result] = await invite(test, company, { emails: [email], role });
  if (result?.result !== 'invited') throw new Error(`${email} was not invited: ${JSON.stringify(result)}`);
  const id = String(result.invitation);
  return { id, url: `${company.path}/members/pending/${id}/`, token: await readInvitation(test, email.toLowerCase()) };
}

/** Accepts an invitation, as the user of an admin token or as nobody. */
export async function accept(
  test: TestApp,
  body: { token: string; password?: string },
  { as }: { as?: { token: string } } = {},
) {
  return test.request('POST', `${API}/programmatic/invitations/accept/`, {
    body,
    ...(as === undefined ? {} : { token: as.token }),
  });
}
