import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { Fragment } from 'react';
import { Link } from 'wouter';
import type { ApiClient } from '../../../../client/schema.ts';
import { Page } from '../../parts/page.tsx';
import { Loaded } from '../../parts/states.tsx';
import { Time } from '../../parts/time.tsx';
import { paths, withQuery } from '../../paths.ts';
import { useOrganization } from '../../session.tsx';
import { text } from '../../text/index.ts';
import { readPractices } from './practices.ts';
import type { Findings } from './practices.ts';

const words = text.practices;
const NAMED = 3;

type Rule = keyof typeof words.rules;

/** Eight rules, each with what this organization has. There is no score: what is right depends. */
export function BestPractices() {
  const { uuid: org } = useOrganization();
  const query = useQuery({ queryKey: ['practices', org], queryFn: () => readPractices(org) });
  return (
    <Page title={words.title} intro={words.intro}>
      <Loaded query={query}>
        {(found) => (
          <>
            <ol className="practices">
              {(Object.keys(words.rules) as Rule[]).map((rule, place) => (
                <li key={rule} className="practice">
                  <span className="practice-number" aria-hidden="true">
                    {place + 1}
                  </span>
                  <div className="practice-rule">
                    <h2>{words.rules[rule].title}</h2>
                    <p>{words.rules[rule].body}</p>
                  </div>
                  <ul className="practice-found" aria-label={words.here}>
                    {findings(rule, org, found).map((finding, index) => (
                      // The findings of a rule have one order.
                      <li key={index}>{finding}</li>
                    ))}
                  </ul>
                </li>
              ))}
            </ol>
            {found.isMore && <p className="hint">{words.sample(found.clients.length)}</p>}
          </>
        )}
      </Loaded>
    </Page>
  );
}

function findings(rule: Rule, org: string, found: Findings): ReactNode[] {
  const { clients } = found;
  const live = clients.filter(({ environment }) => environment === 'live');
  const list = (query: Record<string, string>) => withQuery(paths.clients(org), query);
  const say = words.found;
  const all: Record<Rule, () => ReactNode[]> = {
    share: () => [
      <Show key="" to={paths.members(org)}>
        {say.makers(found.makers, found.isMoreMembers)}
      </Show>,
    ],
    code: () => [
      <Show key="" to={paths.clients(org)} action={words.search}>
        {say.search}
      </Show>,
    ],
    store: () => [say.bound(live.filter(({ allowed_ips: ips }) => ips.length > 0).length, live.length)],
    least: () =>
      named(
        org,
        live.filter(({ permissions }) => permissions.length >= found.catalogueSize),
        say.everything,
      ),
    unused: () => [
      found.unused === 0 ? (
        say.allUsed
      ) : (
        <Show key="" to={list({ unused: '90d' })}>
          {say.unused(found)}
        </Show>
      ),
      ...(found.paused > 0
        ? [
            <Show key="" to={list({ status: 'paused' })}>
              {say.paused(found.paused)}
            </Show>,
          ]
        : []),
    ],
    rotate: () => [
      ...named(
        org,
        clients.filter(({ expires_at: end }) => end === null),
        say.endless,
      ),
      ...(found.ending > 0
        ? [
            <Show key="" to={list({ expiring: '30d' })}>
              {say.ending(found.ending)}
            </Show>,
          ]
        : []),
    ],
    separate: () => [
      <Show key="" to={list({ environment: 'live' })}>
        {say.live(live.length)}
      </Show>,
      <Show key="" to={list({ environment: 'staging' })}>
        {say.staging(clients.length - live.length)}
      </Show>,
    ],
    rehearse: () => [
      live.length > 0 && clients.length === live.length ? say.noStaging : say.rehearsal,
      ...found.retiring.map(({ client, until }) => (
        <Show key="" to={paths.client(org, client.client_id, 'secrets')}>
          {say.retiring(client.name)}
          {until !== null && (
            <>
              {' '}
              {say.until} <Time at={until} isExact />
            </>
          )}
        </Show>
      )),
    ],
  };
  return all[rule]();
}

function Show({ to, action = words.show, children }: { to: string; action?: string; children: ReactNode }) {
  return (
    <>
      {children} <Link to={to}>{action}</Link>
    </>
  );
}

/** How many there are, and the first of them as links: for this there is no filter. */
function named(org: string, clients: ApiClient[], write: (count: number) => string): ReactNode[] {
  if (clients.length === 0) return [write(0)];
  const shown = clients.slice(0, NAMED);
  return [
    <>
      {write(clients.length)}{' '}
      {shown.map(({ client_id, name }, place) => (
        <Fragment key={client_id}>
          {place > 0 && ' '}
          <span className="practice-name">
            <Link className="truncate" title={name} to={paths.client(org, client_id)}>
              {name}
            </Link>
            {place < shown.length - 1 && ','}
          </span>
        </Fragment>
      ))}
      {clients.length > NAMED && ` ${words.others(clients.length - NAMED)}`}
    </>,
  ];
}
