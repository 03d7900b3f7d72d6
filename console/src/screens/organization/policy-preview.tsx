import { useQuery } from '@tanstack/react-query';
import type { ApiClient, Member } from '../../../../client/schema.ts';
import { api, ask } from '../../api.ts';
import { listText } from '../../count.ts';
import { Notice } from '../../parts/notice.tsx';
import { useOrganization } from '../../session.tsx';
import { text } from '../../text/index.ts';
import { numberOf } from './policy-values.ts';
import type { PolicyValues } from './policy-values.ts';

const words = text.policy.preview;
const COUNTED = 100;
const NAMED = 5;
const DAY_MS = 86_400_000;

/** What the policy as it is typed would not find as it wants it: said before it is saved. */
export function PolicyPreview({ before, values }: { before: PolicyValues; values: PolicyValues }) {
  const { uuid: org } = useOrganization();
  const asksMore = isStricter(before, values);
  const query = useQuery({
    queryKey: ['policy', org, 'preview', values.unused_pause_days],
    queryFn: () => readSample(org, numberOf(values.unused_pause_days)),
    enabled: asksMore,
  });
  if (!asksMore || query.data === undefined) return null;
  const lines = linesOf({ before, values, ...query.data });
  if (lines.length === 0) return <Notice kind="good" role="status" title={words.nothing} />;
  return (
    <Notice kind="warning" role="status" title={words.title}>
      <ul>
        {lines.map((line) => (
          <li key={line}>{line}</li>
        ))}
      </ul>
      {query.data.isMore && <p className="hint">{words.sample(COUNTED)}</p>}
    </Notice>
  );
}

interface Sample {
  clients: ApiClient[];
  unused: ApiClient[];
  members: Member[];
  isMore: boolean;
}

/** The newest hundred of each: enough to see what a demand would meet. */
async function readSample(org: string, unusedDays: number | null): Promise<Sample> {
  const path = { org };
  const isReadable = unusedDays !== null && Number.isInteger(unusedDays) && unusedDays > 0;
  const since = isReadable ? new Date(Date.now() - unusedDays * DAY_MS).toISOString() : null;
  const [clients, unused, members] = await Promise.all([
    ask(api.GET('/auth/v2/organizations/{org}/api-clients/', { params: { path, query: { limit: COUNTED } } })),
    since === null
      ? { results: [], next_cursor: null }
      : ask(
          api.GET('/auth/v2/organizations/{org}/api-clients/', {
            params: { path, query: { limit: COUNTED, status: 'active', unused_since: since } },
          }),
        ),
    ask(api.GET('/auth/v2/organizations/{org}/members/', { params: { path, query: { limit: COUNTED } } })),
  ]);
  const pages = [clients, unused, members];
  return {
    clients: clients.results,
    unused: unused.results,
    members: members.results,
    isMore: pages.some(({ next_cursor: next }) => next !== null),
  };
}

function isStricter(before: PolicyValues, values: PolicyValues): boolean {
  return Object.values(demandsOf(before, values)).some(Boolean);
}

/** The demands that were not there before. */
function demandsOf(before: PolicyValues, values: PolicyValues) {
  return {
    end:
      added(before.expiry_required_for, values.expiry_required_for).length > 0 ||
      (before.max_secret_lifetime_days === '' && values.max_secret_lifetime_days !== ''),
    addresses: added(before.allowed_ips_required_for, values.allowed_ips_required_for).length > 0,
    factor: values.second_factor_required && !before.second_factor_required,
    unused: values.unused_pause_days !== before.unused_pause_days && values.unused_pause_days !== '',
  };
}

function added<Value>(before: readonly Value[], after: readonly Value[]): Value[] {
  return after.filter((value) => !before.includes(value));
}

interface Preview extends Omit<Sample, 'isMore'> {
  before: PolicyValues;
  values: PolicyValues;
}

function linesOf({ before, values, clients, unused, members }: Preview): string[] {
  const demands = demandsOf(before, values);
  const everywhere = values.max_secret_lifetime_days !== '';
  const endless = clients.filter(
    ({ environment, expires_at: end }) =>
      end === null && (everywhere || values.expiry_required_for.includes(environment)),
  );
  const unbound = clients.filter(
    ({ environment, allowed_ips: ips }) => ips.length === 0 && values.allowed_ips_required_for.includes(environment),
  );
  const without = members.filter(({ has_second_factor: has }) => !has);
  return [
    demands.factor && without.length > 0 && words.factor(without.length, some(without.map(({ email }) => email))),
    demands.end && endless.length > 0 && words.end(endless.length, some(endless.map(({ name }) => name))),
    demands.addresses && unbound.length > 0 && words.addresses(unbound.length, some(unbound.map(({ name }) => name))),
    demands.unused && unused.length > 0 && words.unused(unused.length, some(unused.map(({ name }) => name))),
  ].filter((line) => line !== false);
}

function some(names: string[]): string {
  return listText(names.length > NAMED ? [...names.slice(0, NAMED), words.others(names.length - NAMED)] : names);
}
