import { expect, it } from "vitest";
import { dateTimeFormat, numberFormat } from "./intl";

it("makes each formatter once", () => {
  expect(numberFormat("en-US")).toBe(numberFormat("en-US"));
  expect(dateTimeFormat("ko-KR", { month: "long" })).toBe(dateTimeFormat("ko-KR", { month: "long" }));
});

it("tells languages, forms and zones apart", () => {
  const at = Date.UTC(2026, 10, 23, 23);
  const day = (locale: string, timeZone: string) =>
    dateTimeFormat(locale, { month: "long", day: "numeric", timeZone });
  expect(day("en-US", "UTC").format(at)).toBe("November 23");
  expect(day("en-US", "Asia/Seoul").format(at)).toBe("November 24");
  expect(day("ko-KR", "UTC").format(at)).toBe("11월 23일");
  expect(numberFormat("en-US", { maximumFractionDigits: 1 }).format(1.25)).not.toBe(
    numberFormat("en-US").format(1.25),
  );
});

it("refuses a zone that is none, each time", () => {
  const nowhere = () => dateTimeFormat("en-US", { timeZone: "Mars/Olympus" });
  expect(nowhere).toThrow(RangeError);
  expect(nowhere).toThrow(RangeError);
});
