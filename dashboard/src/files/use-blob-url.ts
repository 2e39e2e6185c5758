import { useEffect, useState } from "react";
import { mediaType } from "./kinds";

/** A picture that is being replaced may still be reading from its address. */
const LEFT_TO_READ_MS = 5_000;

/** An address under which the page itself may show fetched bytes; freed when the component goes. */
export function useBlobUrl(blob: Blob | undefined, path: string): string | null {
  const [url, setUrl] = useState<string | null>(null);
  useEffect(() => {
    if (!blob) return;
    const made = URL.createObjectURL(new Blob([blob], { type: mediaType(path) }));
    setUrl(made);
    return () => {
      setTimeout(() => URL.revokeObjectURL(made), LEFT_TO_READ_MS);
    };
  }, [blob, path]);
  return url;
}
