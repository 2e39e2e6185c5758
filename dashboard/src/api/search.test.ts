import { expect, it } from "vitest";
import { foundAt } from "./search";

const ID = "01890000-0000-7000-8000-000000000001";

it("leads from every kind of hit to its page", () => {
  const at = (kind: "conversation" | "agent" | "run") => foundAt({ kind, id: ID, path: null });
  expect([at("conversation"), at("agent"), at("run")]).toEqual([
    `/chat/${ID}`,
    `/agents/${ID}`,
    `/runs/${ID}`,
  ]);
});

it("opens a file, and walks into a folder, whatever they are called", () => {
  const place = (path: string) => {
    const url = new URL(foundAt({ kind: "file", id: null, path }), "http://berth");
    return [url.pathname, Object.fromEntries(url.searchParams)];
  };
  expect(place("매출 & 비용?.csv")).toEqual(["/files", { open: "매출 & 비용?.csv" }]);
  expect(place("reports/")).toEqual(["/files", { path: "reports" }]);
});
