import type { Registry } from 'prom-client';
import type { SecretCheck, SecretRefusal } from '../secrets/secret-decision.ts';
import type { TokenCheck, TokenRefusal } from '../tokens/access-tokens.ts';
import { addCounter } from './instruments.ts';
import type { Series, Tally } from './instruments.ts';

/** What each refusal is called in the metrics. These names are part of what dashboards rely on. */
const secretOutcomes = {
  'malformed secret': 'malformed',
  'unknown secret': 'unknown',
  'wrong secret': 'wrong',
  'revoked while it was checked': 'revoked',
  expired: 'expired',
  'client paused': 'client_paused',
  'address not allowed': 'address_not_allowed',
  'the secret belongs to another client': 'another_client',
} as const satisfies Record<SecretRefusal, string>;

const tokenOutcomes = {
  'not an access token of this service': 'not_an_access_token',
  'the secret it came from is gone': 'secret_gone',
  revoked: 'revoked',
  expired: 'expired',
  'client paused': 'client_paused',
  'address not allowed': 'address_not_allowed',
  'no permission left': 'no_permission_left',
} as const satisfies Record<TokenRefusal, string>;

/** To be told of every check of a credential. */
export interface CheckFigures {
  onSecretCheck: (check: SecretCheck) => void;
  onTokenCheck: (check: TokenCheck) => void;
}

/**
 * Counts checks of credentials by kind and outcome.
 * @param isDetailed whether the outcome says why a credential was refused, which its presenter must not learn
 */
export function countChecks(registry: Registry, { isDetailed }: { isDetailed: boolean }): CheckFigures {
  const secret = createTallies('secret', secretOutcomes, isDetailed);
  const token = createTallies('access_token', tokenOutcomes, isDetailed);
  addCounter(
    registry,
    { name: 'latchkey_credential_checks_total', help: 'Checks of presented secrets and access tokens, by outcome.' },
    [...secret.series, ...token.series],
  );
  return {
    onSecretCheck(check) {
      (check.isValid ? secret.accepted : secret.refused[check.refusal]).value += 1;
    },
    onTokenCheck(check) {
      (check.isValid ? token.accepted : token.refused[check.refusal]).value += 1;
    },
  };
}

interface Tallies<Refusal extends string> {
  accepted: Tally;
  refused: Record<Refusal, Tally>;
  series: Series[];
}

function createTallies<Refusal extends string>(
  kind: string,
  outcomes: Record<Refusal, string>,
  isDetailed: boolean,
): Tallies<Refusal> {
  const byOutcome = new Map<string, Tally>();
  const tallyOf = (outcome: string) => {
    const tally = byOutcome.get(outcome) ?? { value: 0 };
    byOutcome.set(outcome, tally);
    return tally;
  };
  const accepted = tallyOf('accepted');
  const refused = Object.fromEntries(
    Object.entries<string>(outcomes).map(([refusal, outcome]) => [refusal, tallyOf(isDetailed ? outcome : 'refused')]),
  ) as Record<Refusal, Tally>;
  const series = [...byOutcome].map(([outcome, tally]) => ({ labels: { kind, outcome }, read: () => tally.value }));
  return { accepted, refused, series };
}
