import { useSearchParams } from 'wouter';
import type { AuditEvent } from '../../../../client/schema.ts';
import { api, ask } from '../../api.ts';
import { Events } from '../../parts/events.tsx';
import { rowsOf, ShowMore, useList } from '../../parts/list.tsx';
import { Page } from '../../parts/page.tsx';
import { Empty, Forbidden, Loaded } from '../../parts/states.tsx';
import { useOrganization } from '../../session.tsx';
import { text } from '../../text/index.ts';
import { AuditFilterBar } from './audit-filter-bar.tsx';
import { readAuditFilters, toAuditQuery } from './audit-filters.ts';
import { ExportAudit } from './export-audit.tsx';
import { VerifyChain } from './verify-chain.tsx';

const words = text.audit;

export function Audit() {
  const { role, may } = useOrganization();
  if (!may('readAudit')) return <Forbidden role={role} right="readAudit" />;
  return <AuditLog />;
}

function AuditLog() {
  const { uuid: org } = useOrganization();
  const [params] = useSearchParams();
  const filters = readAuditFilters(params);
  const query = useList<AuditEvent>({
    queryKey: ['audit', org, filters],
    read: async (page) => {
      const found = await ask(
        api.GET('/auth/v2/organizations/{org}/audit-events/', {
          params: { path: { org }, query: { ...page, ...toAuditQuery(filters) } },
        }),
      );
      // Lines come only where they are asked for.
      if (typeof found === 'string') throw new TypeError('lines instead of a page');
      return found;
    },
  });
  const known = query.data === undefined ? [] : rowsOf(query.data);
  return (
    <Page title={words.title} intro={words.intro} actions={<ExportAudit org={org} filters={filters} />}>
      <VerifyChain org={org} />
      <AuditFilterBar filters={filters} events={known} />
      <Loaded query={query}>
        {(data) => {
          const events = rowsOf(data);
          if (events.length === 0) {
            return (
              <Empty icon="list" title={words.emptyTitle}>
                <p>{words.emptyBody}</p>
              </Empty>
            );
          }
          return (
            <>
              <Events events={events} caption={words.title} />
              <ShowMore query={query} shown={events.length} />
            </>
          );
        }}
      </Loaded>
    </Page>
  );
}
