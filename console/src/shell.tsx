import type { ReactNode } from 'react';
import { useEffect, useState } from 'react';
import { Link, useLocation } from 'wouter';
import { connection } from './connection.ts';
import { IconButton } from './parts/button.tsx';
import { Icon } from './parts/icon.tsx';
import type { IconName } from './parts/icon.tsx';
import { LeaveDialog } from './parts/confirm.tsx';
import { Menu } from './parts/menu.tsx';
import { StatusRegion } from './parts/status.tsx';
import { paths } from './paths.ts';
import { queryClient } from './query-client.ts';
import { logOut, useOrganizationIfAny, useSession } from './session.tsx';
import { ShortcutHelp } from './shortcuts.tsx';
import { useStore } from './store.ts';
import { text } from './text/index.ts';
import { theme, themes } from './theme.ts';

const RETRY_MS = 10_000;

/** What is around every screen: header, navigation, results, the state of the connection. */
export function Shell({ children }: { children: ReactNode }) {
  const organization = useOrganizationIfAny();
  const [isOpen, setOpen] = useState(false);
  const [path] = useLocation();
  const [shownPath, setShownPath] = useState(path);
  // A choice folds the navigation of a narrow screen.
  if (path !== shownPath) {
    setShownPath(path);
    setOpen(false);
  }
  return (
    <div className={organization === null ? 'shell shell-plain' : 'shell'}>
      <a className="skip-link" href="#main">
        {text.skip}
      </a>
      <header className="header">
        {organization !== null && (
          <span className="header-menu">
            <IconButton
              icon={isOpen ? 'close' : 'menu'}
              label={text.navigation.menu}
              aria-expanded={isOpen}
              aria-controls="navigation"
              onClick={() => {
                setOpen(!isOpen);
              }}
            />
          </span>
        )}
        <Link to={paths.home} className="brand" aria-label={text.product}>
          <Brand />
          <span className="brand-name">{text.product}</span>
        </Link>
        <OrganizationSwitcher />
        <AccountMenu />
      </header>
      {organization !== null && <Navigation org={organization.uuid} isOpen={isOpen} />}
      <main id="main" className="main" tabIndex={-1}>
        <ConnectionBanner />
        {children}
      </main>
      <StatusRegion />
      <LeaveDialog />
      <ShortcutHelp />
    </div>
  );
}

/** The mark; `favicon.svg` is the same. */
export function Brand() {
  return (
    <svg className="brand-mark" viewBox="0 0 32 32" width="24" height="24" aria-hidden="true" focusable="false">
      <rect width="32" height="32" rx="8" />
      <path d="M14.6 17.4 24 8m-3.2 3.2 3 3M11.6 24.2a4.8 4.8 0 1 0 0-9.6 4.8 4.8 0 0 0 0 9.6Z" />
    </svg>
  );
}

function OrganizationSwitcher() {
  const { organizations } = useSession();
  const current = useOrganizationIfAny();
  if (organizations.length === 0) return null;
  const button = current === null ? text.header.chooseOrganization : current.name;
  return (
    <Menu
      className="switcher"
      label={current === null ? undefined : `${text.header.switchOrganization}: ${current.name}`}
      button={
        <>
          <span className="switcher-name">{button}</span>
          {current !== null && <span className="switcher-role">{text.roles.names[current.role]}</span>}
        </>
      }
    >
      <p className="menu-title">{text.header.switchOrganization}</p>
      {organizations.map(({ uuid, name, role }) => (
        <Link key={uuid} to={paths.clients(uuid)} aria-current={uuid === current?.uuid ? 'true' : undefined}>
          <span className="menu-main">{name}</span>
          <span className="hint">{text.roles.names[role]}</span>
          {uuid === current?.uuid && <Icon name="check" />}
        </Link>
      ))}
      <hr />
      <Link to={paths.newOrganization}>
        <Icon name="plus" />
        {text.header.createOrganization}
      </Link>
    </Menu>
  );
}

function AccountMenu() {
  const { user } = useSession();
  const shown = useStore(theme);
  return (
    <Menu className="icon-button account-button" align="end" label={text.header.account} button={<Icon name="user" />}>
      <p className="menu-title">{user.email}</p>
      <Link to={paths.account}>
        <Icon name="gear" />
        {text.header.accountSettings}
      </Link>
      <fieldset className="segments">
        <legend className="visually-hidden">{text.header.theme}</legend>
        {themes.map((option) => (
          <label key={option}>
            <input
              type="radio"
              name="theme"
              checked={shown === option}
              onChange={() => {
                theme.set(option);
              }}
            />
            {text.header.themes[option]}
          </label>
        ))}
      </fieldset>
      <hr />
      <button type="button" onClick={() => void logOut()}>
        <Icon name="exit" />
        {text.header.logOut}
      </button>
    </Menu>
  );
}

interface Entry {
  to: string;
  icon: IconName;
  label: string;
}

function Navigation({ org, isOpen }: { org: string; isOpen: boolean }) {
  const organization = useOrganizationIfAny();
  const names = text.navigation;
  const developer: Entry[] = [
    { to: paths.clients(org), icon: 'key', label: names.clients },
    { to: paths.applications(org), icon: 'app', label: names.applications },
    { to: paths.bestPractices(org), icon: 'bulb', label: names.bestPractices },
  ];
  const own: Entry[] = [
    { to: paths.members(org), icon: 'users', label: names.members },
    { to: paths.policy(org), icon: 'shield', label: names.policy },
    { to: paths.audit(org), icon: 'list', label: names.audit },
    { to: paths.settings(org), icon: 'gear', label: names.settings },
  ];
  const seen = own.filter(
    ({ to }) =>
      (to !== paths.audit(org) || organization?.may('readAudit')) &&
      (to !== paths.settings(org) || organization?.may('changeOrganization')),
  );
  return (
    <nav id="navigation" className={isOpen ? 'navigation is-open' : 'navigation'} aria-label={names.label}>
      <NavigationPart title={names.developer} entries={developer} />
      <NavigationPart title={names.organization} entries={seen} />
      <a className="navigation-link" href="/docs" target="_blank" rel="noreferrer">
        <Icon name="external" />
        {names.reference}
      </a>
    </nav>
  );
}

function NavigationPart({ title, entries }: { title: string; entries: Entry[] }) {
  const [path] = useLocation();
  return (
    <section>
      <h2>{title}</h2>
      <ul>
        {entries.map(({ to, icon, label }) => (
          <li key={to}>
            <Link
              to={to}
              className="navigation-link"
              aria-current={path === to ? 'page' : path.startsWith(`${to}/`) ? 'true' : undefined}
            >
              <Icon name={icon} />
              {label}
            </Link>
          </li>
        ))}
      </ul>
    </section>
  );
}

/** While no answer comes, everything on the page is asked for again every ten seconds. */
function ConnectionBanner() {
  const isDown = useStore(connection) === 'down';
  useEffect(() => {
    if (!isDown) return undefined;
    const again = () => void queryClient.refetchQueries({ type: 'active' });
    const timer = setInterval(again, RETRY_MS);
    window.addEventListener('online', again);
    return () => {
      clearInterval(timer);
      window.removeEventListener('online', again);
    };
  }, [isDown]);
  return (
    <div role="status">
      {isDown && (
        <p className="banner">
          <Icon name="warning" />
          {text.states.noConnection}
        </p>
      )}
    </div>
  );
}
