import { useState } from 'react';
import type { ApiClient } from '../../../../client/schema.ts';
import { api, ask } from '../../api.ts';
import { relativeText } from '../../format.ts';
import { useNow } from '../../now.ts';
import { Button } from '../../parts/button.tsx';
import type { Versioned } from '../../parts/draft.ts';
import { TextField } from '../../parts/field.tsx';
import { Form, FormProblems, SubmitButton } from '../../parts/form.tsx';
import { Modal, ModalActions } from '../../parts/modal.tsx';
import { Notice } from '../../parts/notice.tsx';
import { say } from '../../parts/status.tsx';
import { useSubmission } from '../../parts/submission.ts';
import { useOrganization } from '../../session.tsx';
import { text } from '../../text/index.ts';
import { ClientInDialog } from './client-in-dialog.tsx';

const words = text.clients.remove;
const LATELY_MS = 7 * 86_400_000;

interface DeleteClientProps {
  client: Versioned<ApiClient>;
  onClose: () => void;
  onPause: () => void;
  onDeleted: () => void;
}

export function DeleteClient({ client: { data: client }, onClose, onPause, onDeleted }: DeleteClientProps) {
  const { uuid: org } = useOrganization();
  const [typed, setTyped] = useState('');
  const now = useNow();
  const { name, environment, last_used_at: used, client_id } = client;
  const isUsedLately = used !== null && now - Date.parse(used) < LATELY_MS;
  const mustType = environment === 'live' || isUsedLately;
  const submission = useSubmission({
    check: () => (mustType && typed.trim() !== name ? [{ field: 'confirm', detail: words.mismatch }] : []),
    send: () =>
      ask(
        api.DELETE('/auth/v2/organizations/{org}/api-clients/{client_id}/', { params: { path: { org, client_id } } }),
      ),
    onDone() {
      onDeleted();
      say(words.done(name));
    },
  });
  return (
    <Modal title={words.title(name)} environment={environment} isDirty={typed !== ''} onClose={onClose}>
      <Form submission={submission}>
        <FormProblems />
        <ClientInDialog client={client} />
        {isUsedLately && (
          <Notice kind="warning">
            <p>{words.usedLately(relativeText(new Date(used), now) ?? '')}</p>
            {client.status === 'active' && (
              <div className="row">
                <Button isSmall icon="pause" onClick={onPause}>
                  {words.pauseInstead}
                </Button>
              </div>
            )}
          </Notice>
        )}
        <p>{words.body}</p>
        {mustType && (
          <TextField
            name="confirm"
            label={words.confirm}
            hint={words.typeName(name)}
            autoComplete="off"
            value={typed}
            onValue={setTyped}
          />
        )}
        <ModalActions>
          <SubmitButton kind="danger" busy={words.busy}>
            {words.submit}
          </SubmitButton>
          <Button autoFocus onClick={onClose}>
            {words.keep}
          </Button>
        </ModalActions>
      </Form>
    </Modal>
  );
}
