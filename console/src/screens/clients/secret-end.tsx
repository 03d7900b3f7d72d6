import { useState } from 'react';
import type { ApiClient, Secret } from '../../../../client/schema.ts';
import { api, ask } from '../../api.ts';
import { exactText, toLocalInput } from '../../format.ts';
import { leave } from '../../leaving.ts';
import { readAgain } from '../../parts/draft.ts';
import type { Versioned } from '../../parts/draft.ts';
import { EditForm } from '../../parts/edit-form.tsx';
import { TextField } from '../../parts/field.tsx';
import { Modal } from '../../parts/modal.tsx';
import { say } from '../../parts/status.tsx';
import { useOrganization } from '../../session.tsx';
import { text } from '../../text/index.ts';
import { refreshClients, useClient, useSecrets } from './client-queries.ts';
import { isOverlap } from './regenerate-secret.tsx';

const words = text.clients.secrets;

interface SecretEndProps {
  client: Versioned<ApiClient>;
  /** The one from before a rotation. */
  secret: Secret;
  onClose: () => void;
}

interface Values {
  /** As `<input type=datetime-local>` has it. */
  expires_at: string;
}

/** Moves the moment from which the old secret is refused. */
export function SecretEnd({ client: { data: client, etag }, secret, onClose }: SecretEndProps) {
  const { uuid: org } = useOrganization();
  const { client_id } = client;
  const [isDirty, setDirty] = useState(false);
  const clientQuery = useClient(org, client_id);
  const secretsQuery = useSecrets(org, client_id);
  const newest = (secrets: Secret[] | undefined) => secrets?.find(({ uuid }) => uuid === secret.uuid) ?? secret;
  const close = () => {
    leave(onClose);
  };
  return (
    <Modal title={words.endTitle(secret.hint)} environment={client.environment} isDirty={isDirty} onClose={close}>
      <EditForm<Values, Secret>
        versioned={toValues(newest(secretsQuery.data), etag)}
        labels={{ expires_at: words.endLabel }}
        write={(value) => exactText(new Date(String(value)))}
        check={({ expires_at: end }) =>
          isOverlap(Date.parse(end)) ? [] : [{ field: 'expires_at', detail: text.clients.regenerate.untilBad }]
        }
        send={({ expires_at: end }, over) =>
          ask(
            api.PATCH('/auth/v2/organizations/{org}/api-clients/{client_id}/secrets/{secret}/', {
              params: { path: { org, client_id, secret: secret.uuid }, header: { 'if-match': over.etag } },
              body: end === undefined ? {} : { expires_at: new Date(end).toISOString() },
            }),
          )
        }
        read={async () => {
          const [{ etag: newer }, { data }] = await Promise.all([readAgain(clientQuery), secretsQuery.refetch()]);
          return toValues(newest(data), newer);
        }}
        onDone={({ expires_at: end }) => {
          onClose();
          if (end !== null) say(words.endDone(exactText(new Date(end))));
          return refreshClients(org);
        }}
        onCancel={close}
      >
        {({ expires_at: end }, set) => (
          <TextField
            name="expires_at"
            label={words.endLabel}
            hint={end === '' ? undefined : exactText(new Date(end))}
            type="datetime-local"
            autoFocus
            value={end}
            onValue={(typed) => {
              setDirty(true);
              set('expires_at', typed);
            }}
          />
        )}
      </EditForm>
    </Modal>
  );
}

function toValues({ expires_at: end }: Secret, etag: string): Versioned<Values> {
  return { data: { expires_at: end === null ? '' : toLocalInput(new Date(end)) }, etag };
}
