import { describe, expect, it } from "vitest";
import { backoffMs } from "./backoff";

describe("backoffMs", () => {
  it("doubles up to a bound, and is spread over the upper half", () => {
    expect(backoffMs(0, 0)).toBe(250);
    expect(backoffMs(0, 1)).toBe(500);
    expect(backoffMs(3, 1)).toBe(4_000);
    expect(backoffMs(50, 1)).toBe(15_000);
    expect(backoffMs(50, 0)).toBe(7_500);
  });
});
