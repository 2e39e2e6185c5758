import { describe, expect, it } from "vitest";
import { safePlace } from "./way-back";

describe("the place to come back to", () => {
  it("is a page of ours", () => {
    for (const place of ["/", "/chat/1?a=b", "/agents/new?template=x"]) expect(safePlace(place)).toBe(place);
  });

  it("is never another site, nor the sign-in itself", () => {
    for (const place of [
      null,
      "",
      "//evil.example",
      "/\\evil.example",
      "https://evil.example",
      "javascript:alert(1)",
      "/sign-in#id_token=x",
    ])
      expect(safePlace(place)).toBe("/");
  });
});
