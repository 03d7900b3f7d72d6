import type { ComponentProps, ReactNode } from 'react';
import { Link } from 'wouter';
import { Icon } from './icon.tsx';
import type { IconName } from './icon.tsx';

type Kind = 'primary' | 'secondary' | 'quiet' | 'danger';

interface ButtonProps extends Omit<ComponentProps<'button'>, 'className'> {
  kind?: Kind;
  icon?: IconName;
  /** While it works: what it says meanwhile. It keeps the focus, and does nothing more. */
  busy?: string | false;
  isSmall?: boolean;
}

export function Button({
  kind = 'secondary',
  icon,
  busy = false,
  isSmall,
  autoFocus,
  children,
  onClick,
  ...rest
}: ButtonProps) {
  return (
    <button
      type="button"
      {...rest}
      className={classOf(kind, isSmall)}
      autoFocus={autoFocus}
      data-autofocus={autoFocus === true || undefined}
      aria-disabled={busy !== false || undefined}
      onClick={(event) => {
        if (busy === false) onClick?.(event);
        else event.preventDefault();
      }}
    >
      {icon !== undefined && <Icon name={icon} />}
      {busy === false ? children : busy}
    </button>
  );
}

interface ButtonLinkProps {
  to: string;
  kind?: Kind;
  icon?: IconName;
  isSmall?: boolean;
  children: ReactNode;
}

/** Looks like a button and goes somewhere: dialogs, too, have a URL. */
export function ButtonLink({ to, kind = 'secondary', icon, isSmall, children }: ButtonLinkProps) {
  return (
    <Link to={to} className={classOf(kind, isSmall)}>
      {icon !== undefined && <Icon name={icon} />}
      {children}
    </Link>
  );
}

interface IconButtonProps extends Omit<ComponentProps<'button'>, 'className'> {
  icon: IconName;
  label: string;
}

export function IconButton({ icon, label, ...rest }: IconButtonProps) {
  return (
    <button type="button" {...rest} className="icon-button" aria-label={label} title={label}>
      <Icon name={icon} />
    </button>
  );
}

function classOf(kind: Kind, isSmall = false): string {
  return `button button-${kind}${isSmall ? ' button-small' : ''}`;
}
