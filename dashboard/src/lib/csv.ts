/** Cells of a delimited text (RFC 4180; comma, semicolon or tab, found from the first line). */
export function parseCsv(text: string, maxRows = Number.POSITIVE_INFINITY): string[][] {
  const source = text.replace(/^\uFEFF/, "");
  const separator = findSeparator(source);
  const rows: string[][] = [];
  let row: string[] = [];
  let cell = "";
  let quoted = false;
  for (let at = 0; at < source.length; at++) {
    const char = source[at];
    if (quoted) {
      if (char !== '"') cell += char;
      else if (source[at + 1] === '"') {
        cell += '"';
        at++;
      } else quoted = false;
    } else if (char === '"' && cell === "") quoted = true;
    else if (char === separator) {
      row.push(cell);
      cell = "";
    } else if (char === "\n") {
      row.push(cell.replace(/\r$/, ""));
      if (row.length > 1 || row[0] !== "") rows.push(row);
      if (rows.length >= maxRows) return rows;
      row = [];
      cell = "";
    } else cell += char;
  }
  if (cell !== "" || row.length > 0) rows.push([...row, cell]);
  return rows;
}

function findSeparator(text: string): string {
  const first = text.slice(0, 4_096).split("\n", 1)[0] ?? "";
  const counts = [",", ";", "\t"].map((char) => [char, first.split(char).length] as const);
  return counts.reduce((best, next) => (next[1] > best[1] ? next : best))[0];
}

/** Text of a file: UTF-8, or else what Korean Excel writes. */
export function decodeText(bytes: ArrayBuffer): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder("euc-kr").decode(bytes);
  }
}

/** A cell as a number, with thousands separators and a percent sign allowed; null when it is not one. */
export function numeric(cell: string): number | null {
  const plain = cell
    .trim()
    .replace(/,(?=\d{3})/g, "")
    .replace(/%$/, "");
  return plain !== "" && /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(plain) ? Number(plain) : null;
}

/** Orders numbers as numbers and words as words; empty cells come last either way. */
export function compareCells(a: string, b: string, collator: Intl.Collator): number {
  if (a === "" || b === "") return a === b ? 0 : a === "" ? 1 : -1;
  const [left, right] = [numeric(a), numeric(b)];
  return left !== null && right !== null ? left - right : collator.compare(a, b);
}

export function toCsv(rows: readonly (readonly (string | number)[])[]): string {
  const cell = (value: string | number) => {
    const text = String(value);
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  // The mark at the start is what makes Excel read Korean as UTF-8.
  return `\uFEFF${rows.map((row) => row.map(cell).join(",")).join("\r\n")}\r\n`;
}
