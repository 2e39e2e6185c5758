import { useEffect, useState } from "react";
import { mediaType } from "./kinds";

/** An address under which the page itself may show fetched bytes; freed when the component goes. */
export function useBlobUrl(blob: Blob | undefined, path: string): string | null {
  const [url, setUrl] = useState<string | null>(null);
  useEffect(() => {
    if (!blob) return;
    const made = URL.createObjectURL(new Blob([blob], { type: mediaType(path) }));
    setUrl(made);
    return () => URL.revokeObjectURL(made);
  }, [blob, path]);
  return url;
}
