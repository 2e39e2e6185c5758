export type FileKind = "image" | "table" | "sheet" | "text" | "pdf" | "other";

const BY_EXTENSION: Readonly<Record<string, FileKind>> = {
  png: "image",
  jpg: "image",
  jpeg: "image",
  gif: "image",
  webp: "image",
  svg: "image",
  avif: "image",
  csv: "table",
  tsv: "table",
  xlsx: "sheet",
  pdf: "pdf",
};

const TEXT =
  /^(txt|md|markdown|log|json|jsonl|yaml|yml|toml|ini|cfg|env|py|ipynb|js|mjs|cjs|jsx|ts|tsx|html|htm|css|xml|sql|sh|bash|r|rs|go|java|c|h|cpp|hpp|rb|php|gitignore|dockerfile|makefile)$/;

/** What can be shown of a file, told from its name: the server's media type is only a guess from the same name. */
export function fileKind(path: string): FileKind {
  const name = path.split("/").at(-1)?.toLowerCase() ?? "";
  const extension = name.split(".").at(-1) ?? "";
  return BY_EXTENSION[extension] ?? (TEXT.test(extension) ? "text" : "other");
}

const MEDIA: Readonly<Record<string, string>> = {
  png: "image/png",
  jpg: "image/jpeg",
  jpeg: "image/jpeg",
  gif: "image/gif",
  webp: "image/webp",
  svg: "image/svg+xml",
  avif: "image/avif",
  pdf: "application/pdf",
};

/** The type a picture or PDF is shown as; files are served without one that a browser would act on. */
export function mediaType(path: string): string {
  return MEDIA[path.split(".").at(-1)?.toLowerCase() ?? ""] ?? "application/octet-stream";
}
