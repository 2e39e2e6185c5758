/** Notifications: the bell, the list, and the ways out of the house. */
import { createHmac } from "node:crypto";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { findings, shot } from "./browser";
import { HAS_REPORT, makeAgent, runToEnd } from "./made";
import { session } from "./session";
import { words } from "./words";

const { berth, visit } = session();

interface Call {
  body: string;
  headers: NodeJS.Dict<string | string[]>;
}

/** Someone else's program that is told. */
const calls: Call[] = [];
let receiver: Server;
let hook = "";

beforeAll(async () => {
  receiver = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk) => {
      body += chunk;
    });
    request.on("end", () => {
      calls.push({ body, headers: request.headers });
      response.end();
    });
  });
  await new Promise<void>((ready) => receiver.listen(0, "127.0.0.1", ready));
  hook = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/told`;
});

afterAll(() => new Promise((done) => receiver.close(done)));

test("the bell tells what was not read, and leads to the run", () =>
  visit({ language: "ko" }, async (page) => {
    const t = words.ko.notifications;
    const agent = await makeAgent(page, { name: "빈손", prompt: "[[say:끝.]]", done: HAS_REPORT });
    const run = await runToEnd(page, agent);
    await page.reload();
    await page.getByRole("button", { name: t.bell_one.replace("{{count}}", "1") }).click();
    const told = page.getByRole("dialog", { name: t.title });
    await told.getByRole("link").first().waitFor();
    await shot(page, "bell-ko");
    expect(await findings(page)).toEqual([]);
    await told.getByRole("link", { name: t.kind.run_unproved.replace("{{name}}", "빈손") }).click();
    await page.waitForURL(new RegExp(run));
    await page.getByRole("button", { name: t.bell_zero, exact: true }).click();
    await told.getByRole("link", { name: t.all }).click();
    await page.waitForURL(/\/notifications$/);
    await page.locator("main li").getByText("빈손").first().waitFor();
    expect(await findings(page)).toEqual([]);
  }));

test("a webhook is called, signed, and what became of it is told; the secret is never shown", () => {
  const t = words.en.notifications;
  const secret = "a-secret-of-the-tests-0123456789";
  return visit({}, async (page) => {
    const answers: Promise<string>[] = [];
    page.on("response", (response) => {
      if (response.url().includes("/api/")) answers.push(response.text().catch(() => ""));
    });
    await page.goto(`${berth.origin}/settings`);
    const settings = page.locator("#notifications");
    await settings.getByLabel(t.webhook, { exact: true }).fill(hook);
    await settings.getByLabel(t.secret).fill(secret);
    await settings.getByRole("button", { name: t.save, exact: true }).click();
    await settings.getByText(t.secretSet).waitFor();
    await settings.getByRole("button", { name: t.testOf.webhook }).click();
    await settings.getByText(t.delivery.delivered).waitFor();
    await shot(page, "settings-notifications-en");
    expect(await findings(page)).toEqual([]);
    const [call] = calls;
    const signature = String(call?.headers["berth-signature"]);
    const at = call?.headers["berth-timestamp"];
    const expected = createHmac("sha256", secret).update(`${at}.${call?.body}`).digest("hex");
    expect(signature).toBe(`v1=${expected}`);
    expect(await page.content()).not.toContain(secret);
    expect((await Promise.all(answers)).join("\n")).not.toContain(secret);
  });
});

test("an address that is none is refused at its field, and mail needs a server", () =>
  visit({ expected: /400|409/ }, async (page) => {
    const t = words.en;
    await page.goto(`${berth.origin}/settings`);
    const settings = page.locator("#notifications");
    const email = settings.getByLabel(t.notifications.email, { exact: true });
    await email.fill("nobody");
    await settings.getByRole("button", { name: t.notifications.save, exact: true }).click();
    await settings.getByText(t.notifications.invalid.email).waitFor();
    await email.and(page.locator("[aria-invalid=true]")).waitFor();
    await email.fill("me@example.com");
    await settings.getByRole("button", { name: t.notifications.save, exact: true }).click();
    await settings.getByRole("button", { name: t.notifications.testOf.email }).click();
    await page.getByText(t.error.noMail).first().waitFor();
  }));

test("the mail server is kept, and its password never shown", () =>
  visit({}, async (page) => {
    const t = words.en.mail;
    const password = "a-password-of-the-tests";
    await page.goto(`${berth.origin}/settings`);
    const mail = page.locator("#mail");
    await mail.getByLabel(t.host, { exact: true }).fill("smtp.example.com");
    await mail.getByLabel(t.from, { exact: true }).fill("Berth <berth@example.com>");
    await mail.getByLabel(t.user, { exact: true }).fill("berth");
    await mail.getByLabel(t.password, { exact: true }).fill(password);
    await mail.getByRole("button", { name: t.save }).click();
    await mail.getByText(t.passwordSet).waitFor();
    await page.reload();
    await mail.getByText(t.passwordSet).waitFor();
    await expect.poll(() => mail.getByLabel(t.host, { exact: true }).inputValue()).toBe("smtp.example.com");
    expect(await mail.getByLabel(t.password, { exact: true }).inputValue()).toBe("");
    expect(await page.content()).not.toContain(password);
  }));
