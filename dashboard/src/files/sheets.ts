import { queryOptions } from "@tanstack/react-query";
import { readFile } from "~/api/files";

export interface Sheet {
  name: string;
  /** The first row is the head; all are equally long. */
  rows: string[][];
}

/** The sheets of an XLSX workbook; `version` as in `fileQuery`. */
export const sheetsQuery = (path: string, version: string) =>
  queryOptions({
    queryKey: ["file", path, version, "sheets"],
    queryFn: async ({ signal }): Promise<Sheet[]> => {
      const [{ blob }, { default: read }] = await Promise.all([
        readFile(path, signal),
        import("read-excel-file/universal"),
      ]);
      const sheets = await read(await blob.arrayBuffer());
      return sheets.map(({ sheet, data }) => ({ name: sheet, rows: squared(data) }));
    },
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 120_000,
    retry: false,
  });

/** Cells as text, without the empty rows at the end, each row as long as the longest. */
export function squared(data: readonly (readonly unknown[])[]): string[][] {
  const rows = data.map((row) => row.map(cellText));
  while (rows.at(-1)?.every((cell) => cell === "")) rows.pop();
  const width = Math.max(0, ...rows.map((row) => row.length));
  return rows.map((row) => [...row, ...Array<string>(width - row.length).fill("")]);
}

/** A date without a time of day is written as one; workbooks know no zone, so UTC is what stands in the cell. */
function cellText(cell: unknown): string {
  if (cell === null || cell === undefined) return "";
  if (cell instanceof Date)
    return cell.toISOString().replace("T00:00:00.000Z", "").replace("T", " ").slice(0, 16);
  return String(cell);
}
