import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { close, open, seriousFindings, withPage } from "./harness.mjs";

before(open);
after(close);

const EXAMPLES = {
  en: { sales: /Analyse sales/, done: "pandas guide" },
  ko: { sales: /매출 분석/, done: "pandas 안내서" },
};

async function sales(page, language = "en") {
  await page.locator("main button", { hasText: EXAMPLES[language].sales }).click();
  await page.getByText(EXAMPLES[language].done).waitFor();
  await page.locator("img[alt*='chart.svg']").waitFor();
}

async function write(page, text) {
  await page.locator("form textarea").fill(text);
  await page.keyboard.press("Enter");
}

const prompts = (world) =>
  [...world.conversations.values()].flatMap(({ events }) =>
    events.filter(({ event }) => event.kind === "message").map(({ event }) => event.content),
  );

for (const language of ["en", "ko"]) {
  test(`from an example to a chart, a table and a file (${language})`, () =>
    withPage({ language }, async ({ page, world }) => {
      await sales(page, language);
      assert.equal(await page.locator("figure").count(), 3);
      await page.getByRole("columnheader", { name: "region" }).waitFor();
      assert.match(page.url(), /\/chat\/[0-9a-f-]{36}$/);
      assert.equal(prompts(world).length, 1);
    }));
}

for (const theme of ["light", "dark"]) {
  for (const width of [1280, 360]) {
    test(`axe finds nothing serious on any screen (${theme}, ${width} px)`, () =>
      withPage({ theme, width, language: theme === "dark" ? "ko" : "en" }, async ({ page, origin }) => {
        assert.deepEqual(await seriousFindings(page), [], "welcome");
        await sales(page, theme === "dark" ? "ko" : "en");
        await page.locator("article button[aria-expanded]").first().click();
        assert.deepEqual(await seriousFindings(page), [], "chat");
        for (const path of [
          "/files?open=sales.csv",
          "/files?path=reports&open=reports/2024.md",
          "/usage",
          "/settings",
          "/runs",
        ]) {
          await page.goto(origin + path);
          await page.locator("h1, h2, dialog").first().waitFor();
          await page.waitForLoadState("networkidle");
          assert.deepEqual(await seriousFindings(page), [], path);
        }
        await page.locator("tbody a").first().click();
        await page.locator("img[alt*='chart.svg']").waitFor();
        assert.deepEqual(await seriousFindings(page), [], "run");
        await page.keyboard.press("?");
        await page.locator("dialog[open]").waitFor();
        assert.deepEqual(await seriousFindings(page), [], "keyboard help");
      }));
  }
}

test("no screen scrolls sideways at 360 px", () =>
  withPage({ width: 360, language: "ko" }, async ({ page, origin }) => {
    await sales(page, "ko");
    for (const path of ["", "/files", "/usage", "/settings", "/runs"]) {
      if (path) await page.goto(origin + path);
      await page.waitForLoadState("networkidle");
      const wide = await page.evaluate(() => {
        const boxes = [
          document.documentElement,
          ...document.querySelectorAll("main, main > *, main > * > *"),
        ];
        return boxes
          .filter(
            (box) =>
              box.scrollWidth > box.clientWidth + 1 &&
              getComputedStyle(box).overflowX !== "visible" &&
              !/auto|scroll/.test(getComputedStyle(box).overflowX),
          )
          .map((box) => box.className);
      });
      assert.deepEqual(wide, [], path);
    }
  }));

test("a reload in mid-stream goes on with nothing lost or doubled", () =>
  withPage({ speed: 2 }, async ({ page, world }) => {
    await page.locator("main button", { hasText: EXAMPLES.en.sales }).click();
    await page.getByText("Revenue in 2025").waitFor();
    await page.reload();
    await page.getByText("pandas guide").waitFor();
    await page.getByText("22,602 tokens").waitFor();
    assert.equal(await page.getByRole("heading", { name: "Revenue in 2025" }).count(), 1);
    assert.equal(await page.locator("article").count(), 1);
    assert.equal(prompts(world).length, 1);
  }));

test("Stop ends the answer, and the next message works", () =>
  withPage({}, async ({ page }) => {
    await page.locator("main button", { hasText: "long task" }).click();
    await page.getByText("Running count.py").first().waitFor();
    await page.getByRole("button", { name: "Stop" }).click();
    await page.getByText("You stopped this answer").waitFor();
    await write(page, "hello");
    await page.getByText("I am the mock server").waitFor();
  }));

test("a message written while another is answered waits and can be taken back", () =>
  withPage({}, async ({ page, world }) => {
    await page.locator("main button", { hasText: "long task" }).click();
    await page.getByText("Running count.py").first().waitFor();
    await write(page, "and then this");
    await page.getByText("Waiting for the answer before it").waitFor();
    await page.getByRole("button", { name: "Take back" }).waitFor();
    assert.equal(prompts(world).length, 2);
  }));

test("a message written without a connection is sent once when it is back, also over a reload", () =>
  withPage({ expected: ["WebSocket connection"] }, async ({ page, world }) => {
    await sales(page);
    world.deaf = true;
    for (const socket of world.sockets) socket.ws.terminate();
    await page.getByText(/Reconnecting in/).waitFor();
    await write(page, "And by region?");
    await page.getByText("Will be sent when the connection is back").waitFor();
    await page.reload();
    await page.getByText("And by region?").waitFor();
    world.deaf = false;
    await page.getByText("I am the mock server").waitFor();
    assert.equal(prompts(world).filter((text) => text === "And by region?").length, 1);
  }));

test("Enter while Korean is composed sends once, with the last syllable", () =>
  withPage({ language: "ko" }, async ({ page, world }) => {
    await page.locator("form textarea").click();
    const debug = await page.context().newCDPSession(page);
    const compose = (text) =>
      debug.send("Input.imeSetComposition", { text, selectionStart: text.length, selectionEnd: text.length });
    const key = (windowsVirtualKeyCode) =>
      debug.send("Input.dispatchKeyEvent", {
        type: "rawKeyDown",
        key: "Enter",
        code: "Enter",
        windowsVirtualKeyCode,
      });
    for (const step of ["ㅎ", "하", "한"]) await compose(step);
    await debug.send("Input.insertText", { text: "한" });
    for (const step of ["ㄱ", "그", "글"]) await compose(step);
    await key(229);
    assert.equal(prompts(world).length, 0);
    await debug.send("Input.insertText", { text: "글" });
    await key(13);
    await page.getByText("I am the mock server").waitFor();
    assert.deepEqual(prompts(world), ["한글"]);
    assert.equal(await page.locator("form textarea").inputValue(), "");
  }));

test("an attached file is in the workspace before the message that names it goes out", () =>
  withPage({}, async ({ page, world }) => {
    await page
      .locator("form input[type=file]")
      .setInputFiles({ name: "자료.csv", mimeType: "text/csv", buffer: Buffer.from("a,b\n1,2\n") });
    await page.locator("form textarea").fill("look at this");
    await page.waitForFunction(() => !document.querySelector("form button[type=submit]").disabled);
    await page.keyboard.press("Enter");
    await page.getByText("I am the mock server").waitFor();
    assert.deepEqual(prompts(world), ["look at this\n\n(Attached files: `uploads/자료.csv`)"]);
    assert.ok(world.files.has("uploads/자료.csv"));
  }));

test("an answer cannot run script or load anything from elsewhere", () =>
  withPage({}, async ({ page, world }) => {
    const evil =
      '<script>window.hacked=1</script> ![x](https://evil.test/x.png) [go](javascript:window.hacked=1) <img src=x onerror="window.hacked=1">';
    const conversation = world.create("evil");
    const run = { id: "r-evil", conversation };
    world.emit(conversation, run, { kind: "message", id: "m", role: "user", content: evil });
    world.emit(conversation, run, { kind: "text", block: 0, text: evil });
    await page.goto(`${new URL(page.url()).origin}/chat/${conversation.id}`);
    await page.getByText("evil.test").first().waitFor();
    assert.equal(await page.evaluate(() => window.hacked), undefined);
    assert.equal(await page.locator("article img").count(), 0);
  }));

test("a file is changed and saved in place, and deleting can be taken back", () =>
  withPage({}, async ({ page, world, origin }) => {
    await page.goto(`${origin}/files?path=reports&open=reports/2024.md`);
    await page.locator(".cm-content").click();
    await page.keyboard.type("Hello");
    await page.keyboard.press("Control+s");
    await page.getByText("Not saved").waitFor({ state: "detached" });
    assert.match(world.files.get("reports/2024.md").bytes.toString(), /Hello/);
    await page.getByRole("button", { name: "Actions for 2024.md" }).click();
    await page.getByRole("menuitem", { name: "Delete" }).click();
    await page.getByText("This folder is empty").waitFor();
    await page.getByRole("button", { name: "Undo" }).click();
    await page.getByRole("button", { name: "2024.md", exact: true }).waitFor();
    assert.ok(world.files.has("reports/2024.md"));
  }));

test("the first screen needs at most 200 KB of script, compressed", () =>
  withPage({}, async ({ page }) => {
    await page.getByRole("heading", { level: 1 }).waitFor();
    const { gzipSync } = await import("node:zlib");
    const early = await page.evaluate(() => {
      const painted = performance.getEntriesByName("first-contentful-paint")[0].startTime;
      return performance
        .getEntriesByType("resource")
        .filter((entry) => /\.js$/.test(entry.name) && entry.startTime < painted)
        .map((entry) => entry.name);
    });
    const sizes = await Promise.all(
      early.map(
        async (url) => gzipSync(Buffer.from(await (await fetch(url)).arrayBuffer()), { level: 9 }).length,
      ),
    );
    const total = sizes.reduce((sum, size) => sum + size, 0);
    assert.ok(total > 0 && total <= 200 * 1024, `${total} bytes`);
  }));
