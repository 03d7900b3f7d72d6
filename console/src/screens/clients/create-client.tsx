import { useState } from 'react';
import type { ApiClientCreate, ApiClientWithSecret } from '../../../../client/schema.ts';
import { api, ask } from '../../api.ts';
import { allowLeaving, leave, useLeaveGuard } from '../../leaving.ts';
import type { Environment } from '../../parts/badge.tsx';
import { Button } from '../../parts/button.tsx';
import { RadioField, SelectField, TextAreaField, TextField } from '../../parts/field.tsx';
import { Form, FormProblems, SubmitButton } from '../../parts/form.tsx';
import { Modal, ModalActions } from '../../parts/modal.tsx';
import { SecretStep } from '../../parts/secret-step.tsx';
import { useRepeatable, useSubmission } from '../../parts/submission.ts';
import { useOrganization } from '../../session.tsx';
import { text } from '../../text/index.ts';
import { asksMore, ExpiryField, momentOf, PermissionsField, PolicyNotice, splitList } from './client-fields.tsx';
import type { Expiry } from './client-fields.tsx';
import { useApplications, usePolicy } from './client-queries.ts';

const words = text.clients.form;

interface Typed {
  name: string;
  environment: Environment | null;
  permissions: string[];
  description: string;
  application: string;
  redirectUrls: string;
  expiry: Expiry;
  addresses: string;
}

const nothing: Typed = {
  name: '',
  environment: null,
  permissions: [],
  description: '',
  application: '',
  redirectUrls: '',
  expiry: { choice: 'never', date: '' },
  addresses: '',
};

interface CreateClientProps {
  onClose: () => void;
  /** Once the secret is saved. */
  onMade: (client: ApiClientWithSecret) => void;
}

/** The dialog that makes an API client, and then shows its secret, in this order and in one place. */
export default function CreateClient({ onClose, onMade }: CreateClientProps) {
  const [typed, setTyped] = useState(nothing);
  const [made, setMade] = useState<ApiClientWithSecret | null>(null);
  const isDirty = made === null && JSON.stringify(typed) !== JSON.stringify(nothing);
  useLeaveGuard(isDirty ? words.discard : null);
  const close = () => {
    leave(onClose);
  };
  return (
    <Modal
      title={made === null ? text.clients.create : words.secretTitle}
      onClose={close}
      isDirty={isDirty}
      isLocked={made !== null}
      {...((made?.environment ?? typed.environment) && {
        environment: made?.environment ?? typed.environment ?? 'live',
      })}
    >
      {made === null ? (
        <ClientForm typed={typed} onTyped={setTyped} onMade={setMade} onClose={close} />
      ) : (
        <SecretStep
          made={{
            secret: made.client_secret,
            clientId: made.client_id,
            name: made.name,
            environment: made.environment,
          }}
          onDone={() => {
            onMade(made);
          }}
        />
      )}
    </Modal>
  );
}

interface ClientFormProps {
  typed: Typed;
  onTyped: (typed: Typed) => void;
  onMade: (client: ApiClientWithSecret) => void;
  onClose: () => void;
}

function ClientForm({ typed, onTyped, onMade, onClose }: ClientFormProps) {
  const { uuid: org } = useOrganization();
  // An end “in 30 days” is one moment, however often the form is sent.
  const [now] = useState(() => Date.now());
  const sendOnce = useRepeatable((whole: Typed) => toBody(whole, now));
  const policy = usePolicy(org).data;
  const set = (changes: Partial<Typed>) => {
    onTyped({ ...typed, ...changes });
  };
  const submission = useSubmission({
    check: () => checkClient(typed, now),
    send: () => {
      // The lines of the field are those that a fault counts.
      const whole = {
        ...typed,
        redirectUrls: splitList(typed.redirectUrls).join('\n'),
        addresses: splitList(typed.addresses).join('\n'),
      };
      onTyped(whole);
      return sendOnce(whole, ({ body, header }) =>
        ask(api.POST('/auth/v2/organizations/{org}/api-clients/', { params: { path: { org }, header }, body })),
      );
    },
    onDone(client) {
      allowLeaving();
      onMade(client);
    },
  });
  return (
    <Form submission={submission}>
      <FormProblems />
      <TextField
        name="name"
        label={words.name}
        hint={words.nameHint}
        autoFocus
        autoComplete="off"
        value={typed.name}
        onValue={(name) => {
          set({ name });
        }}
      />
      <RadioField
        name="environment"
        label={words.environment}
        hint={words.environmentHint}
        isCards
        value={typed.environment}
        choices={[
          { value: 'staging', label: text.environments.staging, hint: words.stagingHint },
          { value: 'live', label: text.environments.live, hint: words.liveHint },
        ]}
        onValue={(environment) => {
          set({ environment });
        }}
      />
      <PermissionsField
        values={typed.permissions}
        onValues={(permissions) => {
          set({ permissions });
        }}
      />
      <PolicyNotice policy={policy} />
      <MoreFields {...{ typed, org, now, set }} isOpen={asksMore(policy, typed.environment)} />
      <ModalActions>
        <SubmitButton busy={words.busy}>{words.submit}</SubmitButton>
        <Button onClick={onClose}>{text.cancel}</Button>
      </ModalActions>
    </Form>
  );
}

interface MoreFieldsProps {
  typed: Typed;
  org: string;
  now: number;
  set: (changes: Partial<Typed>) => void;
  /** Something in it has to be filled in. */
  isOpen: boolean;
}

function MoreFields({ typed, org, now, set, isOpen }: MoreFieldsProps) {
  const applications = useApplications(org).data ?? [];
  return (
    <details
      open={isOpen}
      onToggle={({ currentTarget }) => {
        // In a dialog that is as high as the window it would unfold out of sight.
        if (currentTarget.open && !isOpen) currentTarget.scrollIntoView({ block: 'start' });
      }}
    >
      <summary>{words.more}</summary>
      <div className="form">
        <TextField
          name="description"
          label={words.description}
          isOptional
          value={typed.description}
          onValue={(description) => {
            set({ description });
          }}
        />
        <SelectField
          name="application_id"
          label={words.application}
          isOptional
          value={typed.application}
          choices={[
            { value: '', label: words.noApplication },
            ...applications.map(({ uuid, name }) => ({ value: uuid, label: name })),
          ]}
          onValue={(application) => {
            set({ application });
          }}
        />
        <TextAreaField
          name="allowed_redirect_urls"
          label={words.redirectUrls}
          hint={words.redirectUrlsHint}
          isOptional
          isCode
          value={typed.redirectUrls}
          onValue={(redirectUrls) => {
            set({ redirectUrls });
          }}
        />
        <ExpiryField
          now={now}
          value={typed.expiry}
          onValue={(expiry) => {
            set({ expiry });
          }}
        />
        <TextAreaField
          name="allowed_ips"
          label={words.addresses}
          hint={words.addressesHint}
          isOptional
          isCode
          value={typed.addresses}
          onValue={(addresses) => {
            set({ addresses });
          }}
        />
      </div>
    </details>
  );
}

function checkClient({ name, environment, permissions, expiry }: Typed, now: number) {
  return [
    ...(name.trim() === '' ? [{ field: 'name', detail: text.form.isMissing }] : []),
    ...(environment === null ? [{ field: 'environment', detail: words.chooseEnvironment }] : []),
    ...(permissions.length === 0 ? [{ field: 'permissions', detail: words.choosePermissions }] : []),
    ...(momentOf(expiry, now) === undefined ? [{ field: 'expires_at', detail: text.form.isMissing }] : []),
  ];
}

function toBody(typed: Typed, now: number): ApiClientCreate {
  const { environment, description, application } = typed;
  if (environment === null) throw new Error('checked before');
  const expiresAt = momentOf(typed.expiry, now);
  const redirectUrls = splitList(typed.redirectUrls);
  const addresses = splitList(typed.addresses);
  return {
    name: typed.name.trim(),
    environment,
    permissions: typed.permissions,
    ...(description.trim() !== '' && { description: description.trim() }),
    ...(application !== '' && { application_id: application }),
    ...(redirectUrls.length > 0 && { allowed_redirect_urls: redirectUrls }),
    ...(expiresAt && { expires_at: expiresAt }),
    ...(addresses.length > 0 && { allowed_ips: addresses }),
  };
}
