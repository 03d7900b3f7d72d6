import { Link } from 'wouter';
import type { ApiClient } from '../../../../client/schema.ts';
import { EnvironmentBadge } from '../../parts/badge.tsx';
import { CopyText } from '../../parts/copy.tsx';
import type { Column } from '../../parts/table.tsx';
import { Time } from '../../parts/time.tsx';
import { paths } from '../../paths.ts';
import { text } from '../../text/index.ts';
import { ClientStatus } from './client-status.tsx';

const SHOWN_PERMISSIONS = 2;
const names = text.clients.columns;

/** How API clients are shown in a table. */
export function clientColumns(org: string, retiring: ReadonlySet<string> = new Set()): Column<ApiClient>[] {
  return [
    {
      key: 'name',
      header: names.name,
      isTitle: true,
      cell: ({ client_id, name }) => (
        <div className="client-name">
          <Link to={paths.client(org, client_id)} className="cell-link" title={name}>
            {name}
          </Link>
          <CopyText value={client_id} label={text.clientId} />
        </div>
      ),
    },
    {
      key: 'environment',
      header: names.environment,
      cell: ({ environment }) => <EnvironmentBadge environment={environment} />,
    },
    {
      key: 'permissions',
      className: 'column-later',
      header: names.permissions,
      cell: ({ permissions }) => <Permissions permissions={permissions} />,
    },
    {
      key: 'status',
      header: names.status,
      cell: (client) => <ClientStatus client={client} retiring={retiring.has(client.client_id)} />,
    },
    {
      key: 'secret',
      className: 'column-hint',
      header: names.secret,
      cell: ({ client_secret_hint: hint }) =>
        hint === null ? <span className="hint">{text.none}</span> : <code className="nowrap">…{hint}</code>,
    },
    {
      key: 'used',
      header: names.lastUsed,
      cell: ({ last_used_at: at }) => (at === null ? <span className="hint">{text.never}</span> : <Time at={at} />),
    },
    {
      key: 'expires',
      header: names.expires,
      cell: ({ expires_at: at }) =>
        at === null ? <span className="hint">{text.never}</span> : <Time at={at} isDate />,
    },
    { key: 'created', className: 'column-last', header: names.created, cell: ({ created_at: at }) => <Time at={at} /> },
  ];
}

function Permissions({ permissions }: { permissions: string[] }) {
  const rest = permissions.length - SHOWN_PERMISSIONS;
  return (
    <span className="permissions" title={permissions.join(', ')}>
      {permissions.slice(0, SHOWN_PERMISSIONS).map((permission, place) => (
        <span key={permission} className="nowrap">
          <code>{permission}</code>
          {rest > 0 && place === SHOWN_PERMISSIONS - 1 && (
            <span className="hint">
              {` +${rest}`}
              <span className="visually-hidden">: {permissions.slice(SHOWN_PERMISSIONS).join(', ')}</span>
            </span>
          )}
        </span>
      ))}
      {permissions.length === 0 && <span className="hint">{text.none}</span>}
    </span>
  );
}
