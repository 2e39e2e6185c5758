import { queryOptions } from "@tanstack/react-query";
import { readFile } from "~/api/files";
import { decodeText, parseCsv } from "~/lib/csv";

/** The cells of a delimited file; `version` as in `fileQuery`. */
export const tableQuery = (path: string, version: string) =>
  queryOptions({
    queryKey: ["file", path, version, "rows"],
    queryFn: async ({ signal }) => {
      const { blob } = await readFile(path, signal);
      return parseCsv(decodeText(await blob.arrayBuffer()));
    },
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 120_000,
    retry: 1,
  });
