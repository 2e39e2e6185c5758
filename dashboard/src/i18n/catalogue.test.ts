import { describe, expect, it } from "vitest";
import { en } from "./en";
import { ko } from "./ko";

function flat(value: object, prefix = ""): [string, string][] {
  return Object.entries(value).flatMap(([key, inner]) =>
    typeof inner === "string" ? [[prefix + key, inner] as [string, string]] : flat(inner, `${prefix}${key}.`),
  );
}

const english = new Map(flat(en));
const korean = new Map(flat(ko));
const slots = (text: string) => [...new Set(text.match(/{{\w+}}/g) ?? [])].sort();

describe("the catalogues", () => {
  it("have the same keys", () => {
    expect([...korean.keys()].sort()).toEqual([...english.keys()].sort());
  });

  it("fill the same places in every sentence", () => {
    for (const [key, text] of english)
      expect([key, slots(korean.get(key) ?? "")]).toEqual([key, slots(text)]);
  });

  it("leave nothing empty, and nothing untranslated but names", () => {
    const names = /^(Berth|Claude|Anthropic API|API|sk-ant-…|CPU)$/;
    for (const [key, text] of korean) {
      expect(text.trim(), key).not.toBe("");
      // What holds nothing but places and signs has no language.
      const said = text.replaceAll(/{{\w+}}/g, "");
      if (/\p{L}/u.test(said) && !names.test(text))
        expect(/[가-힣]/.test(text), `${key}: ${text}`).toBe(true);
    }
  });
});
