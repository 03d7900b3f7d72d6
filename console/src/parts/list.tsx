import { useInfiniteQuery } from '@tanstack/react-query';
import type { InfiniteData, QueryKey, UseInfiniteQueryResult } from '@tanstack/react-query';
import { text } from '../text/index.ts';
import { Button } from './button.tsx';

/** The rows of one page of a list. */
export const PAGE_ROWS = 50;

interface Page<Row> {
  results: Row[];
  next_cursor: string | null;
}

/** What a list of the API takes of a page: spread it into its query. */
export interface PageQuery {
  limit: number;
  cursor?: string;
}

export type ListQuery<Row> = UseInfiniteQueryResult<InfiniteData<Page<Row>>>;

interface ListOptions<Row> {
  queryKey: QueryKey;
  read: (page: PageQuery) => Promise<Page<Row>>;
}

/** Reads a list page by page, as far as somebody asks for more. */
export function useList<Row>({ queryKey, read }: ListOptions<Row>): ListQuery<Row> {
  return useInfiniteQuery({
    queryKey,
    queryFn: ({ pageParam }) => read({ limit: PAGE_ROWS, ...(pageParam !== '' && { cursor: pageParam }) }),
    initialPageParam: '',
    getNextPageParam: ({ next_cursor }) => next_cursor,
  });
}

export function rowsOf<Row>({ pages }: InfiniteData<Page<Row>>): Row[] {
  return pages.flatMap(({ results }) => results);
}

/** Below a list that goes on. How many there are in all is not known. */
export function ShowMore<Row>({ query, shown }: { query: ListQuery<Row>; shown: number }) {
  if (!query.hasNextPage) return null;
  return (
    <div className="list-more">
      <Button busy={query.isFetchingNextPage && text.list.loadingMore} onClick={() => void query.fetchNextPage()}>
        {text.list.more(PAGE_ROWS)}
      </Button>
      <span className="hint">{text.list.shown(shown)}</span>
    </div>
  );
}
