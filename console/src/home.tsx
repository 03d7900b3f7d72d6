import { Link, Redirect } from 'wouter';
import { ButtonLink } from './parts/button.tsx';
import { Page } from './parts/page.tsx';
import { paths } from './paths.ts';
import { useSession } from './session.tsx';
import { readKept } from './store.ts';
import { text } from './text/index.ts';

/** The organization used last in this browser, else the only one, else a choice, else a first one to make. */
export function Home() {
  const { organizations } = useSession();
  const last = readKept('organization');
  const chosen = organizations.find(({ uuid }) => uuid === last) ?? (organizations.length === 1 && organizations[0]);
  if (chosen) return <Redirect to={paths.clients(chosen.uuid)} replace />;
  if (organizations.length === 0) return <Redirect to={paths.newOrganization} replace />;
  return (
    <Page
      title={text.header.chooseOrganization}
      actions={
        <ButtonLink to={paths.newOrganization} icon="plus">
          {text.header.createOrganization}
        </ButtonLink>
      }
    >
      <ul className="choice-list">
        {organizations.map(({ uuid, name, role }) => (
          <li key={uuid}>
            <Link to={paths.clients(uuid)}>
              <strong>{name}</strong>
              <span className="hint">{text.roles.names[role]}</span>
            </Link>
          </li>
        ))}
      </ul>
    </Page>
  );
}
