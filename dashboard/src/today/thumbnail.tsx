import { useQuery } from "@tanstack/react-query";
import { fileQuery } from "~/api/files";
import { useBlobUrl } from "~/files/use-blob-url";

/** A run's chart, small. The row beside it says what it is, so it is silent to a screen reader. */
export function Thumbnail({ path, version }: { path: string; version: string }) {
  const file = useQuery({ ...fileQuery(path, version), retry: false });
  const url = useBlobUrl(file.data?.blob, path);
  // A file that was removed since leaves no hole.
  if (file.isError) return null;
  return (
    <span className="block h-12 w-18 shrink-0 overflow-hidden rounded-lg border border-line bg-[#fff]">
      {url && <img src={url} alt="" className="size-full object-contain" />}
    </span>
  );
}
