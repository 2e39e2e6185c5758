import { describe, expect, it } from "vitest";
import { compareCells, decodeText, numeric, parseCsv, toCsv } from "./csv";

describe("parseCsv", () => {
  it("reads quotes, separators and line ends of all kinds", () => {
    expect(parseCsv('a,b\r\n"1,5","say ""hi"""\r\n"two\nlines",\n')).toEqual([
      ["a", "b"],
      ["1,5", 'say "hi"'],
      ["two\nlines", ""],
    ]);
    expect(parseCsv("a;b\n1;2")).toEqual([
      ["a", "b"],
      ["1", "2"],
    ]);
    expect(parseCsv("\uFEFFa\tb\n1\t2\n")).toEqual([
      ["a", "b"],
      ["1", "2"],
    ]);
  });

  it("stops at the number of rows that is asked for", () => {
    expect(parseCsv("a\n1\n2\n3", 2)).toEqual([["a"], ["1"]]);
  });

  it("gives back what toCsv wrote", () => {
    const rows = [
      ["이름", 'a"b'],
      ["x,y", "line\nbreak"],
    ];
    expect(parseCsv(toCsv(rows))).toEqual(rows);
  });
});

describe("decodeText", () => {
  it("falls back to what Korean Excel writes", () => {
    expect(decodeText(new TextEncoder().encode("매출").buffer as ArrayBuffer)).toBe("매출");
    expect(decodeText(new Uint8Array([0xb8, 0xc5, 0xc3, 0xe2]).buffer)).toBe("매출");
  });
});

describe("cells", () => {
  it("sort as numbers when they are, and empty ones come last", () => {
    const collator = new Intl.Collator("en");
    expect(["10", "9", "", "1,200"].toSorted((a, b) => compareCells(a, b, collator))).toEqual([
      "9",
      "10",
      "1,200",
      "",
    ]);
    expect(numeric("1,677,000")).toBe(1_677_000);
    expect(numeric("12%")).toBe(12);
    expect(numeric("2025-01-02")).toBeNull();
  });
});
