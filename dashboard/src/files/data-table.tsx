import { useVirtualizer } from "@tanstack/react-virtual";
import { ArrowDown, ArrowUp } from "lucide-react";
import { useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { compareCells, numeric } from "~/lib/csv";

const ROW_PX = 33;
/** Enough rows to tell what a column holds. */
const SAMPLE_ROWS = 100;

interface Sorting {
  column: number;
  descending: boolean;
}

/** A table of text cells, sortable by column. Only the rows in view are in the page, so 100,000 of them scroll well. */
export function DataTable({ rows, className = "" }: { rows: string[][]; className?: string }) {
  const { t, i18n } = useTranslation();
  const [sorting, setSorting] = useState<Sorting | null>(null);
  const scroller = useRef<HTMLDivElement>(null);
  const head = rows[0] ?? [];
  const body = useMemo(() => sorted(rows.slice(1), sorting, i18n.language), [rows, sorting, i18n.language]);
  const figures = useMemo(() => head.map((_, column) => isNumeric(rows, column)), [head, rows]);
  const virtual = useVirtualizer({
    count: body.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_PX,
    overscan: 12,
  });
  const shown = virtual.getVirtualItems();
  const above = shown[0]?.start ?? 0;
  const below = virtual.getTotalSize() - (shown.at(-1)?.end ?? 0);
  const align = (column: number) => (figures[column] ? "text-right" : "text-left");
  return (
    <div ref={scroller} tabIndex={0} className={`thin-scroll overflow-auto ${className}`}>
      <table
        className="min-w-full border-separate border-spacing-0 text-[0.8125rem]"
        aria-rowcount={rows.length}
      >
        <thead className="sticky top-0 z-10 bg-raised">
          <tr>
            {head.map((name, column) => (
              <th
                // biome-ignore lint/suspicious/noArrayIndexKey: a column's place is its identity.
                key={column}
                scope="col"
                aria-sort={ariaSort(sorting, column)}
                className={`border-line border-b font-semibold ${align(column)}`}
              >
                <button
                  type="button"
                  title={t("file.sortBy", { column: name })}
                  onClick={() => setSorting(nextSorting(sorting, column))}
                  className={`flex w-full items-center gap-1 px-3 py-2 whitespace-nowrap hover:bg-hover ${figures[column] ? "flex-row-reverse" : ""}`}
                >
                  {name}
                  {sorting?.column === column &&
                    (sorting.descending ? (
                      <ArrowDown aria-hidden className="size-3.5" />
                    ) : (
                      <ArrowUp aria-hidden className="size-3.5" />
                    ))}
                </button>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {above > 0 && <Spacer height={above} />}
          {shown.map((item) => (
            <tr key={item.index} aria-rowindex={item.index + 2} className="hover:bg-hover">
              {head.map((_, column) => (
                <td
                  // biome-ignore lint/suspicious/noArrayIndexKey: a column's place is its identity.
                  key={column}
                  className={`h-[33px] max-w-80 truncate border-line border-b px-3 ${align(column)}`}
                >
                  {body[item.index]?.[column] ?? ""}
                </td>
              ))}
            </tr>
          ))}
          {below > 0 && <Spacer height={below} />}
        </tbody>
      </table>
    </div>
  );
}

function Spacer({ height }: { height: number }) {
  return (
    <tr aria-hidden>
      <td style={{ height }} />
    </tr>
  );
}

function sorted(rows: string[][], sorting: Sorting | null, language: string): string[][] {
  if (!sorting) return rows;
  const collator = new Intl.Collator(language, { numeric: true });
  const sign = sorting.descending ? -1 : 1;
  return rows.toSorted((a, b) => {
    const [left, right] = [a[sorting.column] ?? "", b[sorting.column] ?? ""];
    // Empty cells stay last in both directions.
    const order = compareCells(left, right, collator);
    return left === "" || right === "" ? order : order * sign;
  });
}

function nextSorting(now: Sorting | null, column: number): Sorting | null {
  if (now?.column !== column) return { column, descending: false };
  return now.descending ? null : { column, descending: true };
}

function ariaSort(sorting: Sorting | null, column: number): "ascending" | "descending" | "none" {
  if (sorting?.column !== column) return "none";
  return sorting.descending ? "descending" : "ascending";
}

function isNumeric(rows: string[][], column: number): boolean {
  const cells = rows.slice(1, SAMPLE_ROWS).map((row) => row[column] ?? "");
  const filled = cells.filter((cell) => cell !== "");
  return filled.length > 0 && filled.every((cell) => numeric(cell) !== null);
}
