import { useState } from 'react';
import { Link } from 'wouter';
import type { ApiClient } from '../../../../client/schema.ts';
import { UsageChart } from '../../parts/chart.tsx';
import { CopyBlock, CopyText } from '../../parts/copy.tsx';
import { EnvironmentBadge } from '../../parts/badge.tsx';
import { Facts } from '../../parts/facts.tsx';
import { Section } from '../../parts/section.tsx';
import { Loaded, Skeleton } from '../../parts/states.tsx';
import { Time } from '../../parts/time.tsx';
import { paths } from '../../paths.ts';
import { useOrganization } from '../../session.tsx';
import { text } from '../../text/index.ts';
import { wordFor } from '../../text/word.ts';
import type { TabProps } from './client-detail.tsx';
import { useApplicationOf, useUsage } from './client-queries.ts';

const words = text.clients.detail;
const columns = text.clients.columns;
const form = text.clients.form;
const spans = ['30', '90'] as const;

export function ClientOverview({ client: { data }, rights }: TabProps) {
  return (
    <>
      <Section title={words.facts}>
        <ClientFacts client={data} isPrimary={rights.isPrimary} />
      </Section>
      <ClientUsage client={data} />
      <Section title={words.howTo} intro={words.howToIntro}>
        <h3>{words.curl}</h3>
        <CopyBlock label={words.curl} value={curlOf(data)} />
        <h3>{words.nginx}</h3>
        <CopyBlock label={words.nginx} value={nginxOf(data)} />
      </Section>
    </>
  );
}

function ClientFacts({ client, isPrimary }: { client: ApiClient; isPrimary: boolean }) {
  const { uuid: org } = useOrganization();
  const application = useApplicationOf(org, client).data;
  const { client_secret_hint: hint, last_used_at: used, expires_at: end, created_by: by } = client;
  return (
    <Facts
      facts={[
        { label: text.clientIdLabel, value: <CopyText value={client.client_id} label={text.clientId} /> },
        { label: columns.environment, value: <EnvironmentBadge environment={client.environment} /> },
        { label: words.secret, value: hint === null ? text.none : <code>…{hint}</code> },
        { label: columns.lastUsed, value: used === null ? text.never : <Time at={used} /> },
        { label: columns.expires, value: end === null ? text.never : <Time at={end} isExact /> },
        {
          label: words.createdBy,
          value: (
            <>
              <Time at={client.created_at} /> {by !== null && <span className="hint">{words.by(by)}</span>}
            </>
          ),
        },
        {
          label: form.application,
          value: application ? (
            <>
              <Link to={paths.application(org, application.uuid)}>{application.name}</Link>
              {isPrimary && <span className="hint block">{words.ofApplication}</span>}
            </>
          ) : (
            form.noApplication
          ),
        },
        { label: columns.permissions, value: <PermissionNames names={client.permissions} /> },
        {
          label: form.addresses,
          value: client.allowed_ips.length === 0 ? words.anywhere : <code>{client.allowed_ips.join(', ')}</code>,
        },
        ...(client.description === null ? [] : [{ label: form.description, value: client.description, isWide: true }]),
      ]}
    />
  );
}

function PermissionNames({ names }: { names: string[] }) {
  if (names.length === 0) return text.none;
  return (
    <ul>
      {names.map((name) => (
        <li key={name} title={name}>
          {wordFor(text.permissions, name)}
        </li>
      ))}
    </ul>
  );
}

function ClientUsage({ client }: { client: ApiClient }) {
  const { uuid: org } = useOrganization();
  const [span, setSpan] = useState<(typeof spans)[number]>('30');
  const query = useUsage(org, client.client_id, Number(span));
  return (
    <Section
      title={words.usage}
      actions={
        <fieldset className="segments segments-start">
          <legend className="visually-hidden">{words.daysLabel}</legend>
          {spans.map((option) => (
            <label key={option}>
              <input
                type="radio"
                name="days"
                checked={span === option}
                onChange={() => {
                  setSpan(option);
                }}
              />
              {words.days[`d${option}`]}
            </label>
          ))}
        </fieldset>
      }
    >
      <Loaded query={query} skeleton={<Skeleton rows={3} />}>
        {(usage) => <UsageChart usage={usage} />}
      </Loaded>
    </Section>
  );
}

function curlOf({ environment }: ApiClient): string {
  const secret = `lk_${environment}_YOUR_SECRET`;
  return `curl ${location.origin}/auth/v2/verify/ \\\n  -H 'x-api-key: ${secret}'`;
}

function nginxOf({ environment, permissions }: ApiClient): string {
  const asked = new URLSearchParams([
    ['environment', environment],
    ...permissions.slice(0, 1).map((name): [string, string] => ['permission', name]),
  ]);
  return [
    'location = /_latchkey {',
    '    internal; proxy_method HEAD;',
    '    proxy_pass_request_body off; proxy_set_header Content-Length "";',
    `    proxy_pass ${location.origin}/auth/v2/verify/?${asked.toString()};`,
    '}',
    'location / {',
    '    auth_request /_latchkey;',
    '    auth_request_set $client $upstream_http_x_client_id;',
    '    proxy_set_header X-Client-Id $client;',
    '    proxy_set_header X-Api-Key ""; proxy_set_header Authorization "";',
    '    proxy_pass http://upstream:8080;',
    '}',
  ].join('\n');
}
