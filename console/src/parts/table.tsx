import type { ReactNode } from 'react';

export interface Column<Row> {
  key: string;
  header: string;
  cell: (row: Row) => ReactNode;
  /** Numbers and moments stand at the end, with figures of one width. */
  align?: 'start' | 'end';
  /** The name of the row, and the title of its card on a narrow screen; the first column where none is. */
  isTitle?: boolean;
  /** Its header is for screen readers. */
  isHeaderHidden?: boolean;
  /** Instead of its name: a box that chooses all. */
  headerCell?: ReactNode;
  /** A class for its width: `column-small`, `column-wide`. */
  className?: string;
}

interface TableProps<Row> {
  /** What the table holds, for screen readers. */
  caption: string;
  columns: readonly Column<Row>[];
  rows: readonly Row[];
  keyOf: (row: Row) => string;
  /** The row that was just made or changed. */
  markedKey?: string | null;
  isRefreshing?: boolean;
}

/** A real table; below 640 px each row is a card with a label for each value. Roles say so however it is drawn. */
export function Table<Row>({ caption, columns, rows, keyOf, markedKey, isRefreshing }: TableProps<Row>) {
  const titleKey = (columns.find(({ isTitle }) => isTitle) ?? columns[0])?.key;
  return (
    <div className="table-frame">
      <table className="table" role="table" aria-busy={isRefreshing === true || undefined}>
        <caption className="visually-hidden">{caption}</caption>
        <thead role="rowgroup">
          <tr role="row">
            {columns.map((column) => (
              <th key={column.key} role="columnheader" scope="col" className={classOf(column)}>
                {column.headerCell ?? (
                  <span className={column.isHeaderHidden === true ? 'visually-hidden' : undefined}>
                    {column.header}
                  </span>
                )}
              </th>
            ))}
          </tr>
        </thead>
        <tbody role="rowgroup">
          {rows.map((row) => (
            <tr key={keyOf(row)} role="row" className={keyOf(row) === markedKey ? 'is-marked' : undefined}>
              {columns.map((column) => (
                <td
                  key={column.key}
                  role={column.key === titleKey ? 'rowheader' : 'cell'}
                  className={`${classOf(column)}${column.key === titleKey ? ' cell-title' : ''}`}
                  data-label={column.isHeaderHidden === true || column.headerCell !== undefined ? '' : column.header}
                >
                  <div className="cell-content">{column.cell(row)}</div>
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function classOf<Row>({ align, className }: Column<Row>): string {
  return `${align === 'end' ? 'align-end' : ''} ${className ?? ''}`.trim();
}
