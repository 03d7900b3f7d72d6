import { useEffect, useRef } from 'react';
import { Link, useLocation } from 'wouter';

export interface Tab {
  to: string;
  label: string;
}

/** Parts of one thing, each at a URL of its own. */
export function Tabs({ label, tabs }: { label: string; tabs: readonly Tab[] }) {
  const [path] = useLocation();
  const ref = useRef<HTMLElement>(null);
  useEffect(() => {
    // On a narrow screen the tabs scroll, and the one that is shown is in sight.
    const shown = ref.current?.querySelector('[aria-current]');
    shown?.scrollIntoView({ block: 'nearest', inline: 'center' });
  }, [path]);
  return (
    <nav ref={ref} className="tabs" aria-label={label}>
      {tabs.map((tab) => (
        <Link key={tab.to} to={tab.to} replace aria-current={path === tab.to ? 'page' : undefined}>
          {tab.label}
        </Link>
      ))}
    </nav>
  );
}
