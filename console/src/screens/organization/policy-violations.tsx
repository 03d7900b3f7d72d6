import { Link } from 'wouter';
import type { PolicyViolation } from '../../../../client/schema.ts';
import { EnvironmentBadge } from '../../parts/badge.tsx';
import { rowsOf, ShowMore } from '../../parts/list.tsx';
import { Notice } from '../../parts/notice.tsx';
import { Loaded } from '../../parts/states.tsx';
import { Table } from '../../parts/table.tsx';
import type { Column } from '../../parts/table.tsx';
import { paths } from '../../paths.ts';
import { useOrganization } from '../../session.tsx';
import { text } from '../../text/index.ts';
import { wordFor } from '../../text/word.ts';
import { useViolations } from './queries.ts';

const words = text.policy.violations;

/** What was there before the policy goes on: seen here before a change of it is refused. */
export function PolicyViolations() {
  const { uuid: org } = useOrganization();
  const query = useViolations(org);
  return (
    <section className="list-section">
      <h2>{words.title}</h2>
      <Loaded query={query}>
        {(data) => {
          const rows = rowsOf(data);
          if (rows.length === 0) return <Notice kind="good" title={words.none} />;
          return (
            <>
              <p className="hint">{words.intro}</p>
              <Table caption={words.title} columns={columnsOf(org)} rows={rows} keyOf={keyOf} />
              <ShowMore query={query} shown={rows.length} />
            </>
          );
        }}
      </Loaded>
    </section>
  );
}

function keyOf({ client_id: clientId, member }: PolicyViolation): string {
  return clientId ?? member?.uuid ?? '';
}

function columnsOf(org: string): Column<PolicyViolation>[] {
  const names = words.columns;
  return [
    {
      key: 'what',
      header: names.what,
      className: 'column-name',
      cell: ({ client_id: clientId, name, member }) =>
        clientId === null ? (
          <Link to={paths.members(org)} className="cell-link" title={member?.email}>
            {member?.email}
          </Link>
        ) : (
          <Link to={paths.client(org, clientId)} className="cell-link" title={name ?? clientId}>
            {name}
          </Link>
        ),
    },
    {
      key: 'kind',
      header: names.kind,
      cell: ({ environment }) => (environment === null ? words.member : <EnvironmentBadge environment={environment} />),
    },
    {
      key: 'why',
      header: names.why,
      cell: ({ violations }) => (
        <ul className="plain-list">
          {violations.map(({ rule, detail, secret_id: secret }) => (
            <li key={`${rule}${secret ?? ''}`}>{wordFor(words.rules, rule, detail)}</li>
          ))}
        </ul>
      ),
    },
  ];
}
