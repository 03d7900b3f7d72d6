import { useState } from 'react';
import type { ApiClient, ApiClientUpdate } from '../../../../client/schema.ts';
import { api, askWithEtag } from '../../api.ts';
import { exactText } from '../../format.ts';
import { allowLeaving, useLeaveGuard } from '../../leaving.ts';
import { EnvironmentBadge } from '../../parts/badge.tsx';
import { Button } from '../../parts/button.tsx';
import { Conflict } from '../../parts/conflict.tsx';
import { CopyText } from '../../parts/copy.tsx';
import { useDraft } from '../../parts/draft.ts';
import type { Draft, Versioned } from '../../parts/draft.ts';
import { Facts } from '../../parts/facts.tsx';
import { TextAreaField, TextField } from '../../parts/field.tsx';
import { Form, FormProblems, SubmitButton } from '../../parts/form.tsx';
import { Notice } from '../../parts/notice.tsx';
import { Section } from '../../parts/section.tsx';
import { say } from '../../parts/status.tsx';
import { useSubmission } from '../../parts/submission.ts';
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
      {rights.mayChange ? <SettingsForm {...{ client, rights }} /> : <Notice>{words.readOnly}</Notice>}
      <Section title={words.fixed}>
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
  const { client_id } = client.data;
  const query = useClient(org, client_id);
  const [now] = useState(() => Date.now());
  const [isConflict, setConflict] = useState(false);
  const draft = useDraft<Values>(toValues(client));
  useLeaveGuard(draft.isDirty ? text.leaving : null);
  const save = (etag: string) =>
    askWithEtag(
      api.PATCH('/auth/v2/organizations/{org}/api-clients/{client_id}/', {
        params: { path: { org, client_id }, header: { 'if-match': etag } },
        body: toBody(draft.changes, now),
      }),
    );
  const submission = useSubmission({
    check: () => checkValues(draft.values, now),
    send: async () => {
      const etag = isConflict ? draft.rebase() : draft.etag;
      return save(etag);
    },
    onDone: () => {
      setConflict(false);
      draft.drop();
      allowLeaving();
      void refreshClients(org);
      say(words.saved);
    },
    onProblem({ status }) {
      if (status !== 412) return false;
      void query.refetch().then(() => {
        setConflict(true);
      });
      return true;
    },
  });
  return (
    <Section title={words.title}>
      <Form submission={submission}>
        <FormProblems />
        {isConflict && (
          <Conflict
            rows={draft.differences.map(({ field, theirs, yours }) => ({
              label: labels[field],
              theirs: shown(field, theirs),
              yours: yours === undefined ? undefined : shown(field, yours),
            }))}
            onSaveMine={submission.submit}
            onTakeTheirs={() => {
              setConflict(false);
              draft.drop();
            }}
          />
        )}
        <SettingsFields draft={draft} now={now} mayControl={rights.mayControl} />
        <div className="form-actions">
          <SubmitButton busy={words.saving}>{words.save}</SubmitButton>
          {draft.isDirty && (
            <Button
              kind="quiet"
              onClick={() => {
                setConflict(false);
                draft.drop();
                submission.reset();
              }}
            >
              {words.discard}
            </Button>
          )}
        </div>
      </Form>
    </Section>
  );
}

interface SettingsFieldsProps {
  draft: Draft<Values>;
  now: number;
  mayControl: boolean;
}

function SettingsFields({ draft: { values, set }, now, mayControl }: SettingsFieldsProps) {
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
            kept={values.expires_at.kept}
            value={values.expires_at}
            onValue={(expiry) => {
              set('expires_at', { ...expiry, kept: values.expires_at.kept });
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

function shown(field: keyof Values, value: Values[keyof Values]): string {
  if (typeof value === 'string') return value;
  if (Array.isArray(value)) return value.map((name) => wordFor(text.permissions, name)).join('\n');
  const end = value.choice === 'kept' ? value.kept : momentOf(value, Date.now());
  return field === 'expires_at' && end ? exactText(new Date(end)) : text.never;
}
