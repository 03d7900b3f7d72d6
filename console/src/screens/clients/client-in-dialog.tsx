import type { ApiClient } from '../../../../client/schema.ts';
import { EnvironmentBadge } from '../../parts/badge.tsx';
import { Time } from '../../parts/time.tsx';
import { text } from '../../text/index.ts';

/** Which one a dialog is about: where it counts, and when it was last used. */
export function ClientInDialog({ client }: { client: ApiClient }) {
  const { environment, last_used_at: used } = client;
  return (
    <p className="client-in-dialog">
      <EnvironmentBadge environment={environment} />
      <span className="hint">
        {text.clients.columns.lastUsed}: {used === null ? text.never : <Time at={used} isExact />}
      </span>
    </p>
  );
}
