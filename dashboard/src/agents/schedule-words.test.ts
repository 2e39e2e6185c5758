import { createInstance, type TFunction } from "i18next";
import { beforeAll, describe, expect, it } from "vitest";
import { newSchedule, type ScheduleSpec } from "~/api/schedules";
import { en } from "~/i18n/en";
import { ko } from "~/i18n/ko";
import { cronOf } from "./schedule-editor";
import { parseTime, scheduleSentence, scheduleText, shiftTime } from "./schedule-words";

const words: Record<string, TFunction> = {};

beforeAll(async () => {
  for (const [lng, translation] of Object.entries({ en, ko })) {
    const instance = createInstance();
    const resources = { [lng]: { translation } };
    words[lng] = await instance.init({ lng, resources, interpolation: { escapeValue: false } });
  }
});

const said = (language: string, change: Partial<ScheduleSpec>): string => {
  const t = words[language];
  if (!t) throw new Error(language);
  return scheduleText(t, { ...newSchedule("Asia/Seoul"), ...change }, language);
};

describe("a schedule as a sentence", () => {
  const sentences: [string, Partial<ScheduleSpec>, string, string][] = [
    ["weekly", {}, "Every Monday at 08:00 in Seoul", "매주 월요일 08:00 (서울)"],
    [
      "several days, in the order of the week",
      { weekdays: ["fri", "mon", "wed"] },
      "Every Mon, Wed, and Fri at 08:00 in Seoul",
      "매주 월·수·금 08:00 (서울)",
    ],
    [
      "workdays",
      { weekdays: ["mon", "tue", "wed", "thu", "fri"] },
      "Every weekday at 08:00 in Seoul",
      "매주 평일 08:00 (서울)",
    ],
    ["daily", { frequency: "daily" }, "Every day at 08:00 in Seoul", "매일 08:00 (서울)"],
    [
      "hourly",
      { frequency: "hourly", time: "08:05" },
      "Every hour at minute 05 in Seoul",
      "매시간 05분 (서울)",
    ],
    [
      "monthly, elsewhere",
      { frequency: "monthly", day_of_month: 22, time_zone: "America/New_York" },
      "Every month on the 22nd at 08:00 in New York",
      "매월 22일 08:00 (뉴욕)",
    ],
    ["cron", { frequency: "cron", cron: "0 8 * * 1" }, "At 0 8 * * 1 in Seoul", "0 8 * * 1 때마다 (서울)"],
  ];
  it.each(sentences)("%s", (_, change, english, korean) => {
    expect(said("en", change)).toBe(english);
    expect(said("ko", change)).toBe(korean);
  });

  it("keeps its controls apart from the text, in each language's order", () => {
    const t = words.ko;
    if (!t) throw new Error("ko");
    const pieces = scheduleSentence(t, newSchedule("Asia/Seoul"), "ko");
    expect(pieces.map((piece) => ("control" in piece ? `[${piece.control}]` : piece.text))).toEqual([
      "매주 ",
      "[when]",
      " ",
      "[time]",
      " (",
      "[zone]",
      ")",
    ]);
  });
});

describe("a time as people type it", () => {
  it.each([
    ["8", "08:00"],
    ["08:00", "08:00"],
    ["830", "08:30"],
    ["1830", "18:30"],
    ["20시 5분", "20:05"],
    ["7.15", "07:15"],
    [" 9 : 30 ", "09:30"],
  ])("%s is %s", (text, time) => expect(parseTime(text)).toBe(time));

  it.each(["", "24:00", "8:60", "eight", "12345"])("%j is none", (text) =>
    expect(parseTime(text)).toBeNull(),
  );

  it("goes over midnight", () => {
    expect(shiftTime("23:50", 15)).toBe("00:05");
    expect(shiftTime("00:05", -15)).toBe("23:50");
  });
});

it("begins a cron expression with the times there are", () => {
  const weekly = newSchedule("Asia/Seoul");
  expect(cronOf(weekly)).toBe("0 8 * * mon");
  expect(cronOf({ ...weekly, frequency: "daily", time: "18:30" })).toBe("30 18 * * *");
  expect(cronOf({ ...weekly, frequency: "hourly", time: "00:05" })).toBe("5 * * * *");
  expect(cronOf({ ...weekly, frequency: "monthly", day_of_month: 31 })).toBe("0 8 31 * *");
});
