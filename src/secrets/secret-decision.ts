import type { Presented, SecretCredential } from '../http/presented.ts';
import type { SecretComparer, StoredSecret } from './comparer.ts';
import type { SecretState } from './secret-state.ts';

/** Why a presented secret is not good. For the log: every refusal is answered alike. */
export type SecretRefusal =
  | 'malformed secret'
  | 'unknown secret'
  | 'wrong secret'
  | 'revoked while it was checked'
  | 'expired'
  | 'client paused'
  | 'address not allowed'
  | 'the secret belongs to another client';

export type SecretCheck = { isValid: true; state: SecretState } | SecretRefused;

export interface SecretRefused {
  isValid: false;
  refusal: SecretRefusal;
  /** Whose secret it would have been, where that is known; never for an answer. */
  clientId?: string;
}

/** What a secret is compared within, so that it is not found by trying. */
export type Bound<State> = (
  state: State,
  presented: Presented<SecretCredential>,
  compare: () => SecretCheck | Promise<SecretCheck>,
) => SecretCheck | Promise<SecretCheck>;

/** One look at a credential. */
export interface Look<State extends SecretState> {
  find: () => Promise<State | undefined>;
  comparer: SecretComparer<State & StoredSecret>;
  bound: Bound<State>;
  /** Hashes that the secret is known not to match, where another server is asked about the same. */
  mismatches: Set<string> | undefined;
}

/** Decides about a secret by what the database says of it at this moment. */
export async function decide<State extends SecretState>(
  look: Look<State>,
  presented: Presented<SecretCredential>,
): Promise<SecretCheck> {
  const state = await look.find();
  if (state === undefined) return refuse('unknown secret');
  const fault = findFault(state, presented.address);
  if (fault !== undefined) return refuse(fault, state);
  // What is known to match is not accepted before: else wrong secrets could be told from right ones without an answer.
  return look.bound(state, presented, () => compare(look, state, presented));
}

function compare<State extends SecretState>(
  look: Look<State>,
  state: State,
  presented: Presented<SecretCredential>,
): SecretCheck | Promise<SecretCheck> {
  const { secret, clientId } = presented.credential;
  return look.comparer.isKnown(secret, state) ? accept(state, clientId) : compareAnew(look, state, presented);
}

async function compareAnew<State extends SecretState>(
  { find, comparer, mismatches }: Look<State>,
  state: State,
  { credential, address }: Presented<SecretCredential>,
): Promise<SecretCheck> {
  const { secret, clientId } = credential;
  if (mismatches?.has(state.hash) || !(await comparer.compare(state, secret))) {
    mismatches?.add(state.hash);
    return refuse('wrong secret', state);
  }
  // A comparison takes long enough for the secret to be revoked meanwhile.
  const now = await find();
  // And for its client to be deleted and imported with another one.
  if (now?.secretId !== state.secretId) return refuse('revoked while it was checked', state);
  const newFault = findFault(now, address);
  return newFault === undefined ? accept(now, clientId) : refuse(newFault, now);
}

/** @param clientId the client that the secret is said to be of, if any */
function accept(state: SecretState, clientId: string | undefined): SecretCheck {
  const isOfAnother = clientId !== undefined && clientId !== state.clientId;
  return isOfAnother ? refuse('the secret belongs to another client', state) : { isValid: true, state };
}

type StateFault = 'client paused' | 'expired' | 'address not allowed';

/** What keeps a stored secret from being used now from this address, and every token that came from it. */
export function findFault({ status, isExpired, allowedIps }: SecretState, address: string): StateFault | undefined {
  if (status === 'paused') return 'client paused';
  if (isExpired) return 'expired';
  return allowedIps === null || allowedIps.has(address) ? undefined : 'address not allowed';
}

export function refuse(refusal: SecretRefusal, state?: SecretState): SecretCheck {
  return state === undefined ? { isValid: false, refusal } : { isValid: false, refusal, clientId: state.clientId };
}
