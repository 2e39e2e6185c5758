import { describe, expect, it } from "vitest";
import { EnterKey, type EnterPress } from "./ime";

function enter(timeStamp: number, over: Partial<EnterPress> = {}): EnterPress {
  return {
    key: "Enter",
    code: "Enter",
    shiftKey: false,
    isComposing: false,
    keyCode: 13,
    timeStamp,
    ...over,
  };
}
const composing = { isComposing: true, keyCode: 229 };

describe("Enter", () => {
  it("sends when nothing is composed", () => {
    expect(new EnterKey().press(enter(0))).toBe("send");
  });

  it("with Shift makes a new line, also while composing", () => {
    const key = new EnterKey();
    expect(key.press(enter(0, { shiftKey: true }))).toBe("pass");
    key.compositionStart();
    expect(key.press(enter(1, { shiftKey: true, ...composing }))).toBe("pass");
    expect(key.compositionEnd(2)).toBe(false);
  });

  it("within a composition is held and sends once when it ends (Chromium, Firefox)", () => {
    const key = new EnterKey();
    key.compositionStart();
    expect(key.press(enter(10, composing))).toBe("hold");
    expect(key.compositionEnd(11)).toBe(true);
  });

  it("of which only the place on the keyboard is told is known all the same (Windows)", () => {
    const key = new EnterKey();
    key.compositionStart();
    expect(key.press(enter(10, { key: "Process", ...composing }))).toBe("hold");
    expect(key.compositionEnd(11)).toBe(true);
  });

  it("told again right after the composition does not send twice (Chromium on macOS)", () => {
    const key = new EnterKey();
    key.compositionStart();
    key.press(enter(10, composing));
    expect(key.compositionEnd(11)).toBe(true);
    expect(key.press(enter(12))).toBe("swallow");
    expect(key.press(enter(900))).toBe("send");
  });

  it("told only after the composition, as key 229, sends once (Safari)", () => {
    const key = new EnterKey();
    key.compositionStart();
    expect(key.compositionEnd(10)).toBe(false);
    expect(key.press(enter(11, { keyCode: 229 }))).toBe("send");
  });

  it("pressed twice while composing sends once", () => {
    const key = new EnterKey();
    key.compositionStart();
    key.press(enter(10, composing));
    key.press(enter(20, composing));
    expect(key.compositionEnd(21)).toBe(true);
    expect(key.press(enter(22))).toBe("swallow");
  });

  it("held in a composition that a click ended is not remembered for the next one", () => {
    const key = new EnterKey();
    key.compositionStart();
    expect(key.compositionEnd(5)).toBe(false);
    key.compositionStart();
    expect(key.compositionEnd(6)).toBe(false);
  });

  it("and other keys of a composition are left alone", () => {
    const key = new EnterKey();
    key.compositionStart();
    expect(key.press(enter(1, { key: "Process", code: "KeyR", ...composing }))).toBe("pass");
    expect(key.press(enter(2, { key: "ㅎ", code: "KeyG", ...composing }))).toBe("pass");
    expect(key.compositionEnd(3)).toBe(false);
  });
});
