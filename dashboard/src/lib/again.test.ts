import { beforeEach, describe, expect, it, vi } from "vitest";
import { Again } from "./again";

beforeEach(() => {
  vi.useFakeTimers();
  vi.spyOn(Math, "random").mockReturnValue(1);
});

describe("Again", () => {
  it("waits a second, then twice as long each time, and never longer than fifteen", () => {
    let tries = 0;
    const again = new Again(() => {
      tries += 1;
      again.later();
    });
    again.later();
    for (const [seconds, count] of [
      [1, 1],
      [2, 2],
      [4, 3],
      [8, 4],
      [15, 5],
      [15, 6],
    ] as const) {
      vi.advanceTimersByTime(seconds * 1_000 - 1);
      expect(tries).toBe(count - 1);
      vi.advanceTimersByTime(1);
      expect(tries).toBe(count);
    }
  });

  it("plans one try at a time, ends the wait when told, and begins anew after it went well", () => {
    const act = vi.fn();
    const again = new Again(act);
    again.now();
    expect(act, "nothing is planned").not.toHaveBeenCalled();
    again.later();
    again.later();
    again.now();
    vi.advanceTimersByTime(60_000);
    expect(act).toHaveBeenCalledTimes(1);
    again.later();
    again.done();
    vi.advanceTimersByTime(60_000);
    expect(act).toHaveBeenCalledTimes(1);
    again.later();
    vi.advanceTimersByTime(1_000);
    expect(act).toHaveBeenCalledTimes(2);
  });
});
