import { Box, Button, Center, Skeleton } from "@mantine/core";
import { IconArrowDown, IconArrowsSort, IconArrowUp } from "@tabler/icons-react";
import { createSortedRowModel, rowSortingFeature, sortFns, tableFeatures, useTable } from "@tanstack/react-table";
import type { MouseEvent, ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Refusal } from "./Refusal";

const features = tableFeatures({ rowSortingFeature, sortedRowModel: createSortedRowModel(), sortFns });

export interface Column<T> {
  id: string;
  header: string;
  /** What a cell shows. */
  cell: (row: T) => ReactNode;
  /** What the column is sorted by; columns without it are not sorted. */
  value?: (row: T) => string | number;
  /** Numbers stand at the end of their cell. */
  end?: boolean;
}

/** Narrower than this a column says nothing: on a phone the table is moved sideways instead. */
const COLUMN_PX = 92;

interface Props<T> {
  label: string;
  columns: Column<T>[];
  rows: T[] | undefined;
  rowKey: (row: T) => string;
  error?: unknown;
  retry?: () => void;
  /** Open a row; also by Enter. */
  open?: (row: T) => void;
  selected?: string;
  empty?: ReactNode;
  more?: { has: boolean; load: () => void; loading: boolean };
}

/** Let a row that opens be reached by Tab where nothing in it can be: it opens by Enter. */
function reachable(row: HTMLTableRowElement | null): void {
  if (row && !row.querySelector("a, button")) row.tabIndex = 0;
}

/** A table of rows with sorting by its headers, states for waiting, nothing and refusals, and further pages. */
export function DataTable<T extends object>({ label, columns, rows, rowKey, error, retry, open, selected, empty, more }: Props<T>) {
  const { t } = useTranslation();
  const table = useTable({
    features,
    data: rows ?? [],
    columns: columns.map((column) => ({
      id: column.id,
      header: column.header,
      accessorFn: (row: T) => column.value?.(row) ?? "",
      enableSorting: column.value !== undefined,
    })),
    getRowId: rowKey,
  });
  const byId = new Map(columns.map((column) => [column.id, column]));
  if (error) return <Box p="md"><Refusal error={error} retry={retry} /></Box>;
  if (rows && rows.length === 0 && empty) return <>{empty}</>;
  const opens = (row: T) => (event: MouseEvent) => {
    const target = event.target as HTMLElement;
    if (!target.closest("a,button,input,label") && !window.getSelection()?.toString()) open?.(row);
  };
  return (
    <>
      <div className="scroll" tabIndex={0} role="region" aria-label={label}>
        <table className="table numeric" style={{ minWidth: columns.length * COLUMN_PX }}>
          <thead>
            {table.getHeaderGroups().map((group) => (
              <tr key={group.id}>
                {group.headers.map((header) => {
                  const column = byId.get(header.column.id);
                  const order = header.column.getIsSorted();
                  const Arrow = order === "asc" ? IconArrowUp : order === "desc" ? IconArrowDown : IconArrowsSort;
                  return (
                    <th key={header.id} scope="col" className={column?.end ? "end" : undefined} aria-sort={order === "asc" ? "ascending" : order === "desc" ? "descending" : undefined}>
                      {header.column.getCanSort() ? (
                        <button type="button" onClick={header.column.getToggleSortingHandler()}>
                          {column?.header}
                          <Arrow size={12} aria-hidden opacity={order ? 1 : 0.45} />
                        </button>
                      ) : (
                        column?.header
                      )}
                    </th>
                  );
                })}
              </tr>
            ))}
          </thead>
          <tbody>
            {rows === undefined
              ? [0, 1, 2, 3, 4].map((line) => (
                  <tr key={line}>
                    {columns.map((column) => (
                      <td key={column.id}><Skeleton h={12} w={`${70 - line * 8}%`} /></td>
                    ))}
                  </tr>
                ))
              : table.getRowModel().rows.map((row) => (
                  <tr key={row.id} data-opens={open ? true : undefined} data-on={row.id === selected ? true : undefined} ref={open && reachable} onKeyDown={open && ((event) => { if (event.key === "Enter" && event.target === event.currentTarget) open(row.original); })} onClick={open && opens(row.original)}>
                    {columns.map((column) => (
                      <td key={column.id} className={column.end ? "end" : undefined}>{column.cell(row.original)}</td>
                    ))}
                  </tr>
                ))}
          </tbody>
        </table>
      </div>
      {more?.has && (
        <Center p="sm">
          <Button variant="default" size="xs" loading={more.loading} onClick={more.load}>{t("Show more")}</Button>
        </Center>
      )}
    </>
  );
}
