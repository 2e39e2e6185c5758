import { beforeEach, expect, it } from "vitest";
import { Drafts } from "./drafts";

beforeEach(() => sessionStorage.clear());

it("are there again after a reload, and gone once they are dropped", () => {
  const before = new Drafts(sessionStorage);
  before.keep("a/메모.md", { text: "안녕", etag: '"1"' });
  const after = new Drafts(sessionStorage);
  expect(after.get("a/메모.md")).toEqual({ text: "안녕", etag: '"1"' });
  after.drop("a/메모.md");
  expect(new Drafts(sessionStorage).paths()).toEqual([]);
});

it("follow a renamed folder, and no other of a similar name", () => {
  const drafts = new Drafts(sessionStorage);
  for (const path of ["a/x", "a/b/y", "ab/z"]) drafts.keep(path, { text: path, etag: null });
  drafts.move("a", "c");
  expect([...drafts.paths()].sort()).toEqual(["ab/z", "c/b/y", "c/x"]);
  expect(drafts.get("c/b/y")?.text).toBe("a/b/y");
});

it("stay in the page when the browser keeps no more, and what it keeps wrongly is passed over", () => {
  sessionStorage.setItem("berth.file.bad", "{");
  const full = new Proxy(sessionStorage, {
    get: (target, name) =>
      name === "setItem"
        ? () => {
            throw new DOMException("full", "QuotaExceededError");
          }
        : Reflect.get(target, name).bind?.(target),
    ownKeys: () => Object.keys(sessionStorage),
  });
  const drafts = new Drafts(full);
  drafts.keep("big", { text: "x", etag: null });
  expect(drafts.paths()).toEqual(["big"]);
});

it("tell their listeners when one comes or goes, not at every letter", () => {
  const drafts = new Drafts(sessionStorage);
  let told = 0;
  drafts.subscribe(() => told++);
  drafts.keep("a", { text: "1", etag: null });
  drafts.keep("a", { text: "12", etag: null });
  drafts.drop("a");
  drafts.drop("a");
  expect(told).toBe(2);
});
