import { api, ask } from '../../api.ts';
import { ActionButton } from '../../parts/action-button.tsx';
import { say } from '../../parts/status.tsx';
import { text } from '../../text/index.ts';
import { toAuditQuery } from './audit-filters.ts';
import type { AuditFilters } from './audit-filters.ts';

const words = text.audit.exporting;

/** Downloads what the filters let through, one event a line. */
export function ExportAudit({ org, filters }: { org: string; filters: AuditFilters }) {
  return (
    <ActionButton
      icon="download"
      busy={words.busy}
      send={() =>
        ask(
          api.GET('/auth/v2/organizations/{org}/audit-events/', {
            params: { path: { org }, query: toAuditQuery(filters) },
            headers: { accept: 'application/x-ndjson' },
            parseAs: 'blob',
          }),
        )
      }
      onDone={(lines) => {
        save(lines);
        say(words.done);
      }}
    >
      {words.submit}
    </ActionButton>
  );
}

function save(lines: Blob): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(lines);
  link.download = `audit-${new Date().toISOString().slice(0, 10)}.ndjson`;
  link.click();
  // The download has to have begun.
  setTimeout(() => {
    URL.revokeObjectURL(link.href);
  }, 60_000);
}
