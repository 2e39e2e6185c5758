import type { TFunction } from "i18next";
import { expect, it } from "vitest";
import { choices, places } from "./choices";

const t = ((key: string) => ({ "nav.files": "파일", "nav.settings": "설정" })[key] ?? key) as TFunction;

it("finds screens by a part of their name, however its letters are put together", () => {
  expect(places(t, "").length).toBeGreaterThan(4);
  expect(places(t, " 설 ".normalize("NFD")).map(({ path }) => path)).toEqual(["/settings"]);
});

it("puts screens first, and none of them twice", () => {
  const page = { kind: "conversation" as const, title: "Files", detail: null, path: "/files" };
  const file = { kind: "file" as const, title: "파일.csv", detail: null, path: "/files?open=a" };
  expect(choices(t, "파일", [page, file])).toMatchObject([{ title: "파일" }, { title: "파일.csv" }]);
});
