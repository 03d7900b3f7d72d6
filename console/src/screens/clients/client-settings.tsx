import { useState } from 'react';
import type { ApiClient, ApiClientUpdate } from '../../../../client/schema.ts';
import { api, ask } from '../../api.ts';
import { exactText } from '../../format.ts';
import { EnvironmentBadge } from '../../parts/badge.tsx';
import { CopyText } from '../../parts/copy.tsx';
import { readAgain } from '../../parts/draft.ts';
import type { Draft, Versioned } from '../../parts/draft.ts';
import { EditForm } from '../../parts/edit-form.tsx';
import { Facts } from '../../parts/facts.tsx';
import { TextAreaField, TextField } from '../../parts/field.tsx';
import { Notice } from '../../parts/notice.tsx';
import { Section } from '../../parts/section.tsx';
import { say } from '../../parts/status.tsx';
import { useOrganization } from '../../session.tsx';
import { text } from '../../text/index.ts';
import { wordFor } from '../../text/word.ts';
import type { TabProps } from './client-detail.tsx';
import { ExpiryField, momentOf, PermissionsField, splitList } from './client-fields.tsx';
import type { Expiry } from './client-fields.tsx';
import { refreshClients, useClient } from './client-queries.ts';

const words = text.clients.settings;
const form = text.clients.form;

/** The fields as they are typed. */
interface Values {
  name: string;
  description: string;
  permissions: string[];
  allowed_ips: string;
  expires_at: Expiry & { kept: string | null };
}

export function ClientSettings({ client, rights }: TabProps) {
  const { data } = client;
  return (
    <>
      {rights.mayChange && <SettingsForm {...{ client, rights }} />}
      <Section title={words.fixed} intro={rights.mayChange ? undefined : words.readOnly}>
        <Facts
          facts={[
            { label: text.clients.columns.environment, value: <EnvironmentBadge environment={data.environment} /> },
            { label: text.clientIdLabel, value: <CopyText value={data.client_id} label={text.clientId} /> },
          ]}
        />
      </Section>
    </>
  );
}

function SettingsForm({ client, rights }: TabProps) {
  const { uuid: org } = useOrganization();
  const { client_id, expires_at: kept } = client.data;
  const query = useClient(org, client_id);
  const [now] = useState(() => Date.now());
  return (
    <Section title={words.title}>
      <EditForm<Values, ApiClient>
        versioned={toValues(client)}
        labels={labels}
        write={shown}
        check={(values) => checkValues(values, now)}
        send={(changes, { etag }) =>
          ask(
            api.PATCH('/auth/v2/organizations/{org}/api-clients/{client_id}/', {
              params: { path: { org, client_id }, header: { 'if-match': etag } },
              body: toBody(changes, now),
            }),
          )
        }
        read={async () => toValues(await readAgain(query))}
        onDone={() => {
          say(words.saved);
          return refreshClients(org);
        }}
      >
        {(values, set) => <SettingsFields {...{ values, set, now, kept }} mayControl={rights.mayControl} />}
      </EditForm>
    </Section>
  );
}

interface SettingsFieldsProps extends Pick<Draft<Values>, 'values' | 'set'> {
  now: number;
  /** The end that it has. */
  kept: string | null;
  mayControl: boolean;
}

function SettingsFields({ values, set, now, kept, mayControl }: SettingsFieldsProps) {
  return (
    <>
      <TextField
        name="name"
        label={form.name}
        autoComplete="off"
        value={values.name}
        onValue={(name) => {
          set('name', name);
        }}
      />
      <TextField
        name="description"
        label={form.description}
        isOptional
        value={values.description}
        onValue={(description) => {
          set('description', description);
        }}
      />
      {mayControl ? (
        <>
          <PermissionsField
            values={values.permissions}
            onValues={(permissions) => {
              set('permissions', [...permissions].sort());
            }}
          />
          <ExpiryField
            now={now}
            kept={kept}
            value={values.expires_at}
            onValue={(expiry) => {
              set('expires_at', { ...expiry, kept });
            }}
          />
          <TextAreaField
            name="allowed_ips"
            label={form.addresses}
            hint={form.addressesHint}
            isOptional
            isCode
            value={values.allowed_ips}
            onValue={(addresses) => {
              set('allowed_ips', addresses);
            }}
          />
        </>
      ) : (
        <Notice>{words.primaryOnly}</Notice>
      )}
    </>
  );
}

const labels: Record<keyof Values, string> = {
  name: form.name,
  description: form.description,
  permissions: form.permissions,
  allowed_ips: form.addresses,
  expires_at: form.expiry,
};

function toValues({ data, etag }: Versioned<ApiClient>): Versioned<Values> {
  const { name, description, permissions, allowed_ips: addresses, expires_at: end } = data;
  return {
    etag,
    data: {
      name,
      description: description ?? '',
      permissions: [...permissions].sort(),
      allowed_ips: addresses.join('\n'),
      expires_at: { choice: end === null ? 'never' : 'kept', date: '', kept: end },
    },
  };
}

function toBody(
  { name, description, permissions, allowed_ips: addresses, expires_at: end }: Partial<Values>,
  now: number,
) {
  const expiresAt = end === undefined || end.choice === 'kept' ? undefined : momentOf(end, now);
  return {
    ...(name !== undefined && { name: name.trim() }),
    ...(description !== undefined && { description: description.trim() === '' ? null : description.trim() }),
    ...(permissions !== undefined && { permissions }),
    ...(addresses !== undefined && { allowed_ips: splitList(addresses) }),
    ...(expiresAt !== undefined && { expires_at: expiresAt }),
  } satisfies ApiClientUpdate;
}

function checkValues({ name, expires_at: end }: Values, now: number) {
  return [
    ...(name.trim() === '' ? [{ field: 'name', detail: text.form.isMissing }] : []),
    ...(end.choice !== 'kept' && momentOf(end, now) === undefined
      ? [{ field: 'expires_at', detail: text.form.isMissing }]
      : []),
  ];
}

/** For the comparison of two versions. */
function shown(value: unknown, field: keyof Values): string {
  if (Array.isArray(value)) return value.map((name) => wordFor(text.permissions, String(name))).join('\n');
  if (field !== 'expires_at') return String(value);
  const expiry = value as Values['expires_at'];
  const end = expiry.choice === 'kept' ? expiry.kept : momentOf(expiry, Date.now());
  return end ? exactText(new Date(end)) : text.never;
}
