import type { CallOptions } from '../../test/support/service-process.ts';

/** A request, and the statuses that are to be expected. */
export interface Asked extends CallOptions {
  /** With the method where that is not to be guessed. */
  what: string;
  expected: number[];
}

/** What a credential belongs to. */
export interface Home {
  /** Of the organization's owner. */
  adminToken: string;
  organizationId: string;
  organizationName: string;
  clientId: string;
  secret: string;
}

/** Asks until it has been answered. */
type Insist = <Body>(asked: Asked) => Promise<Body>;

/** One of the ways in which a credential comes to its end. */
export interface Ending {
  name: string;
  /** Whether it takes an organization of its own along. */
  isOfOrganization?: true;
  /** Makes it ready. @returns what is checked, and the request that ends it */
  prepare: (home: Home, insist: Insist) => Promise<{ check: Asked; end: Asked }>;
  /** The secret that its answer has given instead. */
  successorOf?: (body: unknown) => string;
}

const REFUSED = 401;
const LACKS_PERMISSION = 403;
const VERIFY = '/auth/v2/verify/';

export const checkOf = (secret: string): Asked => ({ what: VERIFY, apiKey: secret, expected: [200, REFUSED] });

export const pathOf = ({ organizationId }: Pick<Home, 'organizationId'>, rest = '') =>
  `/auth/v2/organizations/${organizationId}/${rest}`;

const clientPath = (home: Home, rest = '') => pathOf(home, `api-clients/${home.clientId}/${rest}`);

/** An ending by one request about the API client. A repeated one may find that it has been done. */
const byRequest =
  (method: string, options: (home: Home) => CallOptions & { rest?: string } = () => ({})) =>
  (home: Home): Promise<{ check: Asked; end: Asked }> => {
    const { rest, ...call } = options(home);
    const expected = method === 'DELETE' ? [204, 404] : [200];
    const what = `${method} ${clientPath(home, rest)}`;
    return Promise.resolve({
      check: checkOf(home.secret),
      end: { what, token: home.adminToken, ...call, expected },
    });
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
      return byRequest('DELETE', () => ({ rest: `secrets/${id}/?force=true` }))(home);
    },
  },
  {
    name: 'addresses narrowed',
    prepare: byRequest('PATCH', () => ({ body: { allowed_ips: ['192.0.2.0/24'] } })),
  },
  {
    name: 'permission taken',
    async prepare(home) {
      const { end } = await byRequest('PATCH', () => ({ body: { permissions: ['api.write'] } }))(home);
      const check = {
        ...checkOf(home.secret),
        what: `${VERIFY}?permission=api.read`,
        expected: [200, REFUSED, LACKS_PERMISSION],
      };
      return { check, end };
    },
  },
  {
    name: 'token revoked',
    async prepare({ clientId, secret }, insist) {
      const client = { client_id: clientId, client_secret: secret };
      const { access_token: token } = await insist<{ access_token: string }>({
        what: '/auth/v2/token/',
        form: { grant_type: 'client_credentials', ...client },
        expected: [200],
      });
      return {
        check: { what: VERIFY, token, expected: [200, REFUSED] },
        end: { what: '/auth/v2/revoke/', form: { token, ...client }, expected: [200] },
      };
    },
  },
  {
    name: 'organization removed',
    isOfOrganization: true,
    prepare: (home) =>
      Promise.resolve({
        check: checkOf(home.secret),
        end: {
          what: `DELETE ${pathOf(home)}`,
          token: home.adminToken,
          body: { confirm: home.organizationName },
          expected: [204, 404],
        },
      }),
  },
];
