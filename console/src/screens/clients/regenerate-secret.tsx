import { useState } from 'react';
import type { ApiClient, ApiClientWithSecret, SecretRegenerate } from '../../../../client/schema.ts';
import { api, ask } from '../../api.ts';
import { exactText } from '../../format.ts';
import { allowLeaving } from '../../leaving.ts';
import { Button } from '../../parts/button.tsx';
import { CheckField, RadioField, SelectField, TextField } from '../../parts/field.tsx';
import { Form, FormProblems, SubmitButton } from '../../parts/form.tsx';
import { Modal, ModalActions } from '../../parts/modal.tsx';
import { Notice } from '../../parts/notice.tsx';
import { SecretStep } from '../../parts/secret-step.tsx';
import { say } from '../../parts/status.tsx';
import { useRepeatable, useSubmission } from '../../parts/submission.ts';
import type { Submission } from '../../parts/submission.ts';
import { useOrganization } from '../../session.tsx';
import { text } from '../../text/index.ts';
import { ClientInDialog } from './client-in-dialog.tsx';
import { refreshClients, usePolicy, useSecrets } from './client-queries.ts';

const words = text.clients.regenerate;
const HOUR_SECONDS = 3_600;
const OVERLAP_MAX_MS = 30 * 24 * HOUR_SECONDS * 1_000;
const overlaps = { h1: HOUR_SECONDS, h24: 24 * HOUR_SECONDS, d7: 7 * 24 * HOUR_SECONDS } as const;

type Overlap = keyof typeof overlaps | 'until';

interface Typed {
  why: 'planned' | 'leaked' | null;
  overlap: Overlap;
  until: string;
  force: boolean;
}

/** Makes a new secret, and shows it. */
export function RegenerateSecret({ client, onClose }: { client: ApiClient; onClose: () => void }) {
  const { uuid: org } = useOrganization();
  const [made, setMade] = useState<ApiClientWithSecret | null>(null);
  const { name, environment } = client;
  return (
    <Modal
      title={made === null ? words.title(name) : words.secretTitle(name)}
      environment={environment}
      onClose={onClose}
      isLocked={made !== null}
    >
      {made === null ? (
        <RegenerateForm client={client} onMade={setMade} onClose={onClose} />
      ) : (
        <SecretStep
          made={{ secret: made.client_secret, clientId: made.client_id, name, environment }}
          onDone={() => {
            onClose();
            void refreshClients(org);
            say(words.done(name));
          }}
        />
      )}
    </Modal>
  );
}

interface RegenerateFormProps {
  client: ApiClient;
  onMade: (client: ApiClientWithSecret) => void;
  onClose: () => void;
}

function RegenerateForm({ client, onMade, onClose }: RegenerateFormProps) {
  const { uuid: org } = useOrganization();
  const [typed, setTyped] = useState<Typed>({ why: null, overlap: 'h24', until: '', force: false });
  const sendOnce = useRepeatable(toBody);
  const submission = useSubmission({
    check: () => check(typed),
    send: () => {
      const path = { org, client_id: client.client_id };
      const url = '/auth/v2/organizations/{org}/api-clients/{client_id}/regenerate-secret/';
      return sendOnce(typed, ({ body, header }) => ask(api.POST(url, { params: { path, header }, body })));
    },
    onDone(answer) {
      allowLeaving();
      onMade(answer);
    },
  });
  return (
    <Form submission={submission}>
      <FormProblems />
      <ClientInDialog client={client} />
      <RegenerateFields client={client} typed={typed} onTyped={setTyped} submission={submission} />
      <ModalActions>
        <SubmitButton busy={words.busy}>{words.submit}</SubmitButton>
        <Button autoFocus onClick={onClose}>
          {words.keep}
        </Button>
      </ModalActions>
    </Form>
  );
}

interface FieldsProps {
  client: ApiClient;
  typed: Typed;
  onTyped: (typed: Typed) => void;
  submission: Submission;
}

function RegenerateFields({ client, typed, onTyped }: FieldsProps) {
  const { uuid: org } = useOrganization();
  const max = usePolicy(org).data?.max_overlap_seconds ?? null;
  const retiring = useSecrets(org, client.client_id).data?.find(({ status }) => status === 'retiring');
  const names = Object.keys(words.overlaps) as Overlap[];
  const set = (changes: Partial<Typed>) => {
    onTyped({ ...typed, ...changes });
  };
  return (
    <>
      {retiring !== undefined && (
        <Notice kind="warning">
          <p>
            {words.inProgress(
              retiring.hint,
              retiring.expires_at === null ? text.never : exactText(new Date(retiring.expires_at)),
            )}
          </p>
          <CheckField
            name="force"
            label={words.force}
            isOn={typed.force}
            onValue={(force) => {
              set({ force });
            }}
          />
        </Notice>
      )}
      <RadioField
        name="why"
        label={words.why}
        value={typed.why}
        choices={[
          { value: 'planned', label: words.planned, hint: words.plannedHint },
          { value: 'leaked', label: words.leaked, hint: words.leakedHint },
        ]}
        onValue={(why) => {
          set({ why });
        }}
      />
      {typed.why === 'planned' && (
        <>
          <SelectField
            name={typed.overlap === 'until' ? 'overlap' : 'overlap_seconds'}
            label={words.overlap}
            hint={max === null ? undefined : text.clients.policy.maxOverlap(spanText(max))}
            value={typed.overlap}
            choices={names
              .filter((name) => name === 'until' || max === null || overlaps[name] <= max)
              .map((name) => ({ value: name, label: words.overlaps[name] }))}
            onValue={(overlap) => {
              set({ overlap });
            }}
          />
          {typed.overlap === 'until' && (
            <TextField
              name="overlap_seconds"
              label={words.until}
              type="datetime-local"
              value={typed.until}
              onValue={(until) => {
                set({ until });
              }}
            />
          )}
        </>
      )}
    </>
  );
}

function secondsOf({ overlap, until }: Typed): number {
  if (overlap !== 'until') return overlaps[overlap];
  return Math.ceil((Date.parse(until) - Date.now()) / 1_000);
}

function check({ why, overlap, until }: Typed) {
  if (why === null) return [{ field: 'why', detail: words.chooseWhy }];
  const isBad = why === 'planned' && overlap === 'until' && !isOverlap(Date.parse(until));
  return isBad ? [{ field: 'overlap_seconds', detail: words.untilBad }] : [];
}

/** Whether an old secret may work until a moment: one to come, and within 30 days. */
export function isOverlap(endMs: number): boolean {
  const leftMs = endMs - Date.now();
  return leftMs > 0 && leftMs <= OVERLAP_MAX_MS;
}

function toBody(typed: Typed): SecretRegenerate {
  return {
    overlap_seconds: typed.why === 'planned' ? secondsOf(typed) : 0,
    ...(typed.force && { force: true }),
  };
}

/** In the largest unit of which it is a whole number. */
function spanText(seconds: number): string {
  const units = { day: 24 * HOUR_SECONDS, hour: HOUR_SECONDS, minute: 60, second: 1 };
  const [unit, length] = Object.entries(units).find(([, each]) => seconds % each === 0) ?? ['second', 1];
  return new Intl.NumberFormat('en', { style: 'unit', unit, unitDisplay: 'long' }).format(seconds / length);
}
