import type { CallOptions } from '../../test/support/service-process.ts';

/** A request, and the statuses that are to be expected. */
export interface Asked extends CallOptions {
  /** With the method where that is not to be guessed. */
  what: string;
  expected: number[];
}

/** A way in which a credential is presented, and how the answer tells whether it was accepted. */
export interface Use extends Asked {
  /** Default: a 200. */
  isAccepted?: (body: unknown) => boolean;
}

/** An API client as it names itself to the OAuth routes. */
export interface Machine {
  clientId: string;
  secret: string;
}

/** Whom a credential is presented to besides `verify/`, and what it must be good for. */
export interface Aim {
  /** Asks about it, of the same organization. */
  witness: Machine;
  permission?: string;
}

const INVALID_REQUEST = 400;
const REFUSED = 401;
const LACKS_PERMISSION = 403;
const API = '/auth/v2';
/** Of nobody, so that whoever revokes it changes nothing. */
const NO_TOKEN = 'of nobody';

export const formOf = ({ clientId, secret }: Machine) => ({ client_id: clientId, client_secret: secret });

/** A secret is checked, gives a token, is asked about, and lets its client revoke. */
export function usesOfSecret(machine: Machine, aim: Aim): Use[] {
  const { permission } = aim;
  const scope = permission === undefined ? undefined : { scope: permission };
  const revoke: Use = {
    what: `${API}/revoke/`,
    form: { token: NO_TOKEN, ...formOf(machine) },
    expected: [200, REFUSED],
  };
  return [
    verification({ apiKey: machine.secret }, permission),
    {
      what: `${API}/token/`,
      form: { grant_type: 'client_credentials', ...formOf(machine), ...scope },
      // RFC 6749 §5.2: of a scope that it has no longer.
      expected: [200, REFUSED, ...(scope === undefined ? [] : [INVALID_REQUEST])],
    },
    introspection({ token: machine.secret, token_type_hint: 'client_secret' }, aim),
    // What it may do there is no matter of permissions.
    ...(permission === undefined ? [revoke] : []),
  ];
}

/** An access token is checked, and asked about. */
export function usesOfToken(token: string, aim: Aim): Use[] {
  return [verification({ token }, aim.permission), introspection({ token }, aim)];
}

export const checkOf = (secret: string): Use => verification({ apiKey: secret });

function verification(presented: { apiKey: string } | { token: string }, permission?: string): Use {
  const query = permission === undefined ? '' : `?permission=${permission}`;
  const expected = [200, REFUSED, ...(permission === undefined ? [] : [LACKS_PERMISSION])];
  return { what: `${API}/verify/${query}`, ...presented, expected };
}

function introspection(about: { token: string; token_type_hint?: string }, { witness, permission }: Aim): Use {
  return {
    what: `${API}/introspect/`,
    form: { ...about, ...formOf(witness) },
    expected: [200, REFUSED],
    isAccepted(body) {
      const { active, scope = '' } = body as { active?: boolean; scope?: string };
      return active === true && (permission === undefined || scope.split(' ').includes(permission));
    },
  };
}
