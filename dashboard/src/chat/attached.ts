/**
 * Files that go with a message are named at its end, in one line that the model reads and that the screen shows as
 * chips. Both languages' lines are understood, whichever the reader has now.
 */
const WORDS = { en: "Attached files", ko: "첨부 파일" } as const;
const LINE = new RegExp(`(?:^|\\n\\n)\\((?:${Object.values(WORDS).join("|")}): ([^\\n]+)\\)$`);

export function withAttached(text: string, paths: readonly string[], language: string): string {
  if (paths.length === 0) return text;
  const line = `(${language === "ko" ? WORDS.ko : WORDS.en}: ${paths.map((path) => `\`${path}\``).join(", ")})`;
  return text ? `${text}\n\n${line}` : line;
}

export function splitAttached(content: string): { text: string; paths: string[] } {
  const match = LINE.exec(content);
  const list = match?.[1];
  if (!match || !list) return { text: content, paths: [] };
  const paths = [...list.matchAll(/`([^`]+)`/g)].map((found) => found[1] ?? "");
  return paths.length > 0 ? { text: content.slice(0, match.index), paths } : { text: content, paths: [] };
}

/** A name that is free beside `taken`: "report.csv", then "report (2).csv". */
export function freeName(name: string, taken: ReadonlySet<string>): string {
  const clean = name.replaceAll(/[/\\`\0\n\r]/g, "_");
  if (!taken.has(clean)) return clean;
  const dot = clean.lastIndexOf(".");
  const [stem, extension] = dot > 0 ? [clean.slice(0, dot), clean.slice(dot)] : [clean, ""];
  for (let count = 2; ; count++) {
    const candidate = `${stem} (${count})${extension}`;
    if (!taken.has(candidate)) return candidate;
  }
}
