import type { CallOptions } from '../../test/support/service-process.ts';
import { checkOf, formOf, usesOfSecret, usesOfToken } from './uses.ts';
import type { Asked, Machine, Use } from './uses.ts';

/** What a credential belongs to. */
export interface Home extends Machine {
  /** Of the organization's owner. */
  adminToken: string;
  organizationId: string;
  organizationName: string;
  /** Another client of the organization, which stays, or the client itself where there is no other. */
  witness: Machine;
}

/** Asks until it has been answered. */
type Insist = <Body>(asked: Asked) => Promise<Body>;

/** One of the ways in which a credential comes to its end. */
export interface Ending {
  name: string;
  /** Whether it takes an organization of its own along. */
  isOfOrganization?: true;
  /** Makes it ready. @returns the uses that are checked, and the request that ends all of them */
  prepare: (home: Home, insist: Insist) => Promise<{ uses: Use[]; end: Asked }>;
  /** The secret that its answer has given instead. */
  successorOf?: (body: unknown) => string;
}

/** Of the secret, and of a token that it has given: one ends with the other. */
export async function usesOf(home: Home, insist: Insist, permission?: string): Promise<Use[]> {
  const aim = { witness: home.witness, ...(permission !== undefined && { permission }) };
  return [...usesOfSecret(home, aim), ...usesOfToken(await askForToken(home, insist), aim)];
}

async function askForToken(home: Home, insist: Insist): Promise<string> {
  const { access_token: token } = await insist<{ access_token: string }>({
    what: '/auth/v2/token/',
    form: { grant_type: 'client_credentials', ...formOf(home) },
    expected: [200],
  });
  return token;
}

export const pathOf = ({ organizationId }: Pick<Home, 'organizationId'>, rest = '') =>
  `/auth/v2/organizations/${organizationId}/${rest}`;

const clientPath = (home: Home, rest = '') => pathOf(home, `api-clients/${home.clientId}/${rest}`);

/** An ending by one request about the API client. A repeated one may find that it has been done. */
const byRequest =
  (method: string, options: (home: Home) => CallOptions & { rest?: string } = () => ({})) =>
  async (home: Home, insist: Insist): Promise<{ uses: Use[]; end: Asked }> => {
    const { rest, ...call } = options(home);
    const expected = method === 'DELETE' ? [204, 404] : [200];
    const what = `${method} ${clientPath(home, rest)}`;
    return { uses: await usesOf(home, insist), end: { what, token: home.adminToken, ...call, expected } };
  };

export const endings: readonly Ending[] = [
  { name: 'client deleted', prepare: byRequest('DELETE') },
  { name: 'client paused', prepare: byRequest('PATCH', () => ({ body: { status: 'paused' } })) },
  {
    name: 'secret replaced',
    prepare: byRequest('POST', () => ({ rest: 'regenerate-secret/', body: {} })),
    successorOf: (body) => (body as { client_secret: string }).client_secret,
  },
  {
    name: 'secret ended',
    async prepare(home, insist) {
      const { secret_id: id } = await insist<{ secret_id: string }>({ ...checkOf(home.secret), expected: [200] });
      await insist({
        what: clientPath(home, 'regenerate-secret/'),
        token: home.adminToken,
        body: { overlap_seconds: 3600 },
        // Who was not told of the first learns of it by the second.
        expected: [200, 409],
      });
      return byRequest('DELETE', () => ({ rest: `secrets/${id}/?force=true` }))(home, insist);
    },
  },
  {
    name: 'addresses narrowed',
    prepare: byRequest('PATCH', () => ({ body: { allowed_ips: ['192.0.2.0/24'] } })),
  },
  {
    name: 'permission taken',
    async prepare(home, insist) {
      const { end } = await byRequest('PATCH', () => ({ body: { permissions: ['api.write'] } }))(home, insist);
      return { uses: await usesOf(home, insist, 'api.read'), end };
    },
  },
  {
    name: 'token revoked',
    async prepare(home, insist) {
      const token = await askForToken(home, insist);
      const end = { what: '/auth/v2/revoke/', form: { token, ...formOf(home) }, expected: [200] };
      return { uses: usesOfToken(token, home), end };
    },
  },
  {
    name: 'organization removed',
    isOfOrganization: true,
    prepare: async (home, insist) => ({
      uses: await usesOf(home, insist),
      end: {
        what: `DELETE ${pathOf(home)}`,
        token: home.adminToken,
        body: { confirm: home.organizationName },
        expected: [204, 404],
      },
    }),
  },
];
