import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { ApplicationCreate, ApplicationWithApiKey } from '../../../../client/schema.ts';
import { api, ask } from '../../api.ts';
import { Button } from '../../parts/button.tsx';
import { TextAreaField, TextField } from '../../parts/field.tsx';
import { Form, FormProblems, SubmitButton } from '../../parts/form.tsx';
import { Modal, ModalActions } from '../../parts/modal.tsx';
import { Notice } from '../../parts/notice.tsx';
import { SecretStep } from '../../parts/secret-step.tsx';
import { say } from '../../parts/status.tsx';
import { useRepeatable, useSubmission } from '../../parts/submission.ts';
import { leave, useLeaveGuard } from '../../leaving.ts';
import { useOrganization } from '../../session.tsx';
import { text } from '../../text/index.ts';
import { readPolicy } from '../organization/queries.ts';
import { FurtherFields, NameField } from './application-fields.tsx';
import type { ApplicationValues } from './application-fields.tsx';
import { orNull, splitLines } from './lines.ts';
import { forgetApplications } from './queries.ts';

const words = text.applications;

/** What only the primary client has. */
interface PrimaryValues {
  expires_on: string;
  allowed_ips: string;
}

const empty: ApplicationValues & PrimaryValues = {
  name: '',
  description: '',
  redirect_uris: '',
  website_url: '',
  terms_url: '',
  privacy_url: '',
  expires_on: '',
  allowed_ips: '',
};

interface CreateProps {
  onMade: (uuid: string) => void;
  onClose: () => void;
}

/** Two steps in one dialog: what it is called, and its API key, once. */
export function CreateApplication({ onMade, onClose }: CreateProps) {
  const { uuid: org } = useOrganization();
  const [made, setMade] = useState<ApplicationWithApiKey | null>(null);
  const [values, setValues] = useState(empty);
  const isDirty = Object.values(values).some((value) => value !== '');
  useLeaveGuard(isDirty && made === null ? text.leaving : null);
  return (
    <Modal
      title={made === null ? words.create : words.keyTitle}
      environment="live"
      isDirty={isDirty}
      isLocked={made !== null}
      onClose={() => {
        leave(onClose);
      }}
    >
      {made === null ? (
        <CreateForm
          values={values}
          onValues={setValues}
          onCancel={() => {
            leave(onClose);
          }}
          onDone={(application) => {
            setMade(application);
            onMade(application.uuid);
          }}
        />
      ) : (
        <SecretStep
          made={{ secret: made.api_key, clientId: made.client_id, name: made.name, environment: 'live' }}
          onDone={() => {
            void forgetApplications(org);
            say(words.created(made.name));
            onClose();
          }}
        />
      )}
    </Modal>
  );
}

type Values = typeof empty;

interface CreateFormProps {
  values: Values;
  onValues: (values: Values) => void;
  onCancel: () => void;
  onDone: (application: ApplicationWithApiKey) => void;
}

function CreateForm({ values, onValues, onCancel, onDone }: CreateFormProps) {
  const { uuid: org, name } = useOrganization();
  const sendOnce = useRepeatable(bodyOf);
  const submission = useSubmission({
    send: () => {
      // The lines of a field are those that a fault counts.
      const tidy = { ...values, ...linesIn(values) };
      onValues(tidy);
      return sendOnce(tidy, ({ body, header }) =>
        ask(api.POST('/auth/v2/organizations/{org}/applications/', { params: { path: { org }, header }, body })),
      );
    },
    onDone,
  });
  const set = (field: keyof Values, value: string) => {
    onValues({ ...values, [field]: value });
  };
  return (
    <Form submission={submission}>
      <FormProblems />
      <p className="hint">{words.createIntro}</p>
      <NameField autoFocus values={values} onValue={set} hint={words.fields.nameHint(`${name} App`)} />
      <PrimaryFields values={values} onValue={set} />
      <details open={submission.faults.length > 0}>
        <summary>{text.more}</summary>
        <div className="stack">
          <FurtherFields values={values} onValue={set} />
        </div>
      </details>
      <ModalActions>
        <SubmitButton busy={words.creating}>{words.createSubmit}</SubmitButton>
        <Button onClick={onCancel}>{text.cancel}</Button>
      </ModalActions>
    </Form>
  );
}

/** What the credential policy asks of the primary client, said before it bites. */
function PrimaryFields({ values, onValue }: { values: Values; onValue: (field: keyof Values, value: string) => void }) {
  const { uuid: org } = useOrganization();
  const { data } = useQuery(readPolicy(org));
  if (data === undefined) return null;
  const { max_secret_lifetime_days: days, expiry_required_for: ends, allowed_ips_required_for: bound } = data.data;
  const needsEnd = days !== null || ends.includes('live');
  const needsAddresses = bound.includes('live');
  if (!needsEnd && !needsAddresses) return null;
  return (
    <>
      <Notice title={words.policyTitle}>
        {needsEnd && <p>{days === null ? words.policyEnd : words.policyDays(days)}</p>}
        {needsAddresses && <p>{words.policyAddresses}</p>}
      </Notice>
      {needsEnd && (
        <TextField
          name="expires_at"
          label={words.fields.expires}
          hint={words.fields.expiresHint}
          type="date"
          value={values.expires_on}
          onValue={(value) => {
            onValue('expires_on', value);
          }}
        />
      )}
      {needsAddresses && (
        <TextAreaField
          name="allowed_ips"
          label={words.fields.addresses}
          hint={words.fields.addressesHint}
          isCode
          rows={2}
          value={values.allowed_ips}
          onValue={(value) => {
            onValue('allowed_ips', value);
          }}
        />
      )}
    </>
  );
}

function linesIn({ redirect_uris: uris, allowed_ips: ips }: Values): Pick<Values, 'redirect_uris' | 'allowed_ips'> {
  return { redirect_uris: splitLines(uris).join('\n'), allowed_ips: splitLines(ips).join('\n') };
}

/** Only what was typed: the service knows what the rest is. */
function bodyOf({ expires_on: day, allowed_ips: ips, redirect_uris: uris, ...texts }: Values): ApplicationCreate {
  const addresses = splitLines(ips);
  const urls = splitLines(uris);
  const typed: Partial<typeof texts> = Object.fromEntries(
    Object.entries(texts).filter(([, value]) => orNull(value) !== null),
  );
  return {
    ...typed,
    ...(urls.length > 0 && { redirect_uris: urls }),
    ...(addresses.length > 0 && { allowed_ips: addresses }),
    ...(day !== '' && { expires_at: new Date(`${day}T00:00:00`).toISOString() }),
  };
}
