import { describe, expect, it } from "vitest";
import { markdownBlocks } from "./markdown-blocks";

describe("markdownBlocks", () => {
  it("cuts at blank lines", () => {
    expect(markdownBlocks("# A\n\ntext\nmore\n\n\nend")).toEqual(["# A", "text\nmore", "end"]);
  });

  it("never cuts inside a fence, open or closed", () => {
    const code = "```python\na = 1\n\n# not a heading\n```";
    expect(markdownBlocks(`before\n\n${code}\n\nafter`)).toEqual(["before", code, "after"]);
    expect(markdownBlocks("```\na\n\nb")).toEqual(["```\na\n\nb"]);
    expect(markdownBlocks("````\n```\n\nb\n````\n\nc")).toEqual(["````\n```\n\nb\n````", "c"]);
  });

  it("keeps a loose list together, and what is indented under it", () => {
    const list = "1. one\n\n2. two\n\n   still two\n\n3. three";
    expect(markdownBlocks(`${list}\n\nend`)).toEqual([list, "end"]);
  });

  it("keeps text with link definitions whole", () => {
    const text = "see [a]\n\n[a]: https://example.com";
    expect(markdownBlocks(text)).toEqual([text]);
  });

  it("does not change finished blocks while text is added", () => {
    const text =
      "# Title\n\npara one\n\n- a\n- b\n\n```js\nlet x\n\nlet y\n```\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\nend";
    for (let length = 1; length < text.length; length++) {
      const now = markdownBlocks(text.slice(0, length));
      const later = markdownBlocks(text);
      expect(later.slice(0, now.length - 1)).toEqual(now.slice(0, -1));
    }
  });
});
