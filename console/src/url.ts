import { useLocation, useSearchParams } from 'wouter';

type Changes = Partial<Record<string, string | null>>;

/** What the URL says beyond the path: filters, and the dialog that is open. */
export interface Url {
  params: URLSearchParams;
  /** The same screen with some of it changed; null takes away, and an empty text is a word alone (`?create`). */
  to: (changes: Changes) => string;
  /** Goes there; a filter is a step back of its own only with `push`. */
  set: (changes: Changes, how?: 'push' | 'replace') => void;
}

export function useUrl(): Url {
  const [path, navigate] = useLocation();
  const [params] = useSearchParams();
  const to = (changes: Changes) => {
    const next = new URLSearchParams(params);
    for (const [name, value] of Object.entries(changes)) {
      if (value === undefined) continue;
      if (value === null) next.delete(name);
      else next.set(name, value);
    }
    const query = next.toString().replace(/=(?=&|$)/g, '');
    return query === '' ? path : `${path}?${query}`;
  };
  return {
    params,
    to,
    set(changes, how = 'replace') {
      navigate(to(changes), { replace: how === 'replace' });
    },
  };
}
