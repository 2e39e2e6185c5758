import { describe, expect, it } from "vitest";
import { freeName, splitAttached, withAttached } from "./attached";

describe("attached files", () => {
  it("are named at the end of the message and found there again, in either language", () => {
    for (const language of ["en", "ko"]) {
      const content = withAttached("분석해 줘", ["uploads/a.csv", "uploads/b (2).xlsx"], language);
      expect(splitAttached(content)).toEqual({
        text: "분석해 줘",
        paths: ["uploads/a.csv", "uploads/b (2).xlsx"],
      });
    }
  });

  it("may be all of a message", () => {
    expect(splitAttached(withAttached("", ["uploads/a.csv"], "en"))).toEqual({
      text: "",
      paths: ["uploads/a.csv"],
    });
  });

  it("are not seen where there are none", () => {
    expect(splitAttached("(Attached files: none)").paths).toEqual([]);
    expect(splitAttached("just text").text).toBe("just text");
  });

  it("never overwrite a file of the same name", () => {
    const taken = new Set(["a.csv", "a (2).csv", ".env"]);
    expect(freeName("a.csv", taken)).toBe("a (3).csv");
    expect(freeName(".env", taken)).toBe(".env (2)");
    expect(freeName("../x`y", taken)).toBe(".._x_y");
  });
});
