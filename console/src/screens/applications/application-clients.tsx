import { Link } from 'wouter';
import type { ApiClient, Application } from '../../../../client/schema.ts';
import { Badge, EnvironmentBadge } from '../../parts/badge.tsx';
import { ButtonLink } from '../../parts/button.tsx';
import { rowsOf, ShowMore } from '../../parts/list.tsx';
import { Loaded } from '../../parts/states.tsx';
import { Table } from '../../parts/table.tsx';
import type { Column } from '../../parts/table.tsx';
import { Time } from '../../parts/time.tsx';
import { paths, withQuery } from '../../paths.ts';
import { useOrganization } from '../../session.tsx';
import { text } from '../../text/index.ts';
import { useApplicationClients } from './queries.ts';

const words = text.applications.clients;

/** Its primary client and the others; there is always one. */
export function ApplicationClients({ application }: { application: Application }) {
  const { uuid: org } = useOrganization();
  const query = useApplicationClients(org, application.uuid);
  return (
    <Loaded query={query}>
      {(data) => {
        const rows = rowsOf(data);
        return (
          <div className="stack">
            <div className="row">
              <p className="hint grow">{words.intro}</p>
              <ButtonLink to={withQuery(paths.clients(org), { application: application.uuid })} icon="filter" isSmall>
                {words.filter}
              </ButtonLink>
            </div>
            <Table
              caption={words.caption(application.name)}
              columns={columnsOf(org, application)}
              rows={rows}
              keyOf={({ client_id }) => client_id}
            />
            <ShowMore query={query} shown={rows.length} />
          </div>
        );
      }}
    </Loaded>
  );
}

function columnsOf(org: string, application: Application): Column<ApiClient>[] {
  const names = text.clients.columns;
  return [
    {
      key: 'name',
      header: names.name,
      cell: ({ client_id, name }) => (
        <span className="name-line">
          <Link to={paths.client(org, client_id)} className="cell-link" title={name}>
            {name}
          </Link>
          {client_id === application.client_id && <Badge>{words.primary}</Badge>}
        </span>
      ),
    },
    {
      key: 'environment',
      header: names.environment,
      cell: ({ environment }) => <EnvironmentBadge environment={environment} />,
    },
    {
      key: 'status',
      header: names.status,
      cell: ({ status }) =>
        status === 'paused' ? (
          <Badge tone="warning" icon="pause">
            {words.status.paused}
          </Badge>
        ) : (
          <Badge tone="good" icon="check">
            {words.status.active}
          </Badge>
        ),
    },
    {
      key: 'used',
      header: names.lastUsed,
      align: 'end',
      cell: ({ last_used_at: at }) => (at === null ? text.never : <Time at={at} />),
    },
  ];
}
