const welcome = (page) => page.getByRole("heading", { level: 1 }).waitFor();

async function sales(page) {
  await page.locator("main button", { hasText: /Analyse sales|매출 분석/ }).click();
  await page.getByText(/pandas (guide|안내서)/).waitFor({ timeout: 20_000 });
  await page.locator("img[alt*='chart.svg']").waitFor();
  await page.waitForTimeout(600);
}

export const SCENES = {
  "welcome-en": { act: welcome },
  "welcome-ko-dark": { language: "ko", theme: "dark", act: welcome },
  "welcome-ko-360": { language: "ko", width: 360, height: 740, act: welcome },
  "chat-en": { height: 1500, act: sales },
  "chat-ko-dark": { language: "ko", theme: "dark", height: 1500, act: sales },
  "chat-ko-360": { language: "ko", width: 360, height: 740, act: sales },
  "chat-en-768": { width: 768, height: 1024, act: sales },
  "running-ko": {
    language: "ko",
    async act(page) {
      await page.locator("main button", { hasText: "오래 걸리는" }).click();
      await page.getByText("count.py 실행").first().waitFor();
      await page.waitForTimeout(1200);
    },
  },
};

const go = (page, place) => page.getByRole("navigation").first().getByRole("link", { name: place }).click();

async function usage(page) {
  await go(page, /Usage|사용량/);
  await page.locator(".recharts-bar").first().waitFor();
  await page.waitForTimeout(300);
}

async function files(page) {
  await sales(page);
  await go(page, /Files|파일/);
  await page.getByRole("button", { name: "sales.csv", exact: true }).click();
  await page.getByRole("columnheader", { name: "region" }).waitFor();
  await page.waitForTimeout(200);
}

async function run(page) {
  await sales(page);
  await go(page, /Runs|실행/);
  await page.getByRole("link", { name: /Revenue/ }).click();
  await page.locator("img[alt*='chart.svg']").waitFor();
  await page.waitForTimeout(300);
}

Object.assign(SCENES, {
  "files-en": { act: files },
  "files-ko-dark": { language: "ko", theme: "dark", act: files },
  "files-ko-360": {
    language: "ko",
    width: 360,
    height: 740,
    async act(page) {
      await go(page, "파일");
      await page.getByText("sales.csv").waitFor();
    },
  },
  "editor-en": {
    async act(page) {
      await page.goto(`${page.url().split("/chat")[0]}/files?path=reports&open=reports/2024.md`);
      await page.locator(".cm-content").waitFor();
      await page.locator(".cm-content").click();
      await page.keyboard.type("Hello ");
      await page.waitForTimeout(200);
    },
  },
  "usage-en": { act: usage },
  "usage-ko-dark": { language: "ko", theme: "dark", act: usage },
  "usage-ko-360": { language: "ko", width: 360, height: 740, act: usage },
  "settings-en": {
    async act(page) {
      await go(page, "Settings");
      await page.getByLabel("Model key").waitFor();
    },
  },
  "settings-ko-360": {
    language: "ko",
    theme: "dark",
    width: 360,
    height: 740,
    async act(page) {
      await go(page, "설정");
      await page.getByLabel("모델 키").waitFor();
    },
  },
  "run-en": { act: run },
  "runs-ko-dark": {
    language: "ko",
    theme: "dark",
    async act(page) {
      await sales(page);
      await go(page, "실행");
      await page.locator("tbody tr").first().waitFor();
    },
  },
  "signed-out-ko": {
    language: "ko",
    async act(page, world) {
      world.signedOut = true;
      await page.reload();
      await page.getByRole("heading", { level: 1 }).waitFor();
    },
  },
  "offline-en": {
    async act(page, world) {
      await sales(page);
      world.deaf = true;
      for (const socket of world.sockets) socket.ws.terminate();
      await page.getByText(/Reconnecting/).waitFor();
      await page.getByLabel("Message").fill("And by region?");
      await page.keyboard.press("Enter");
      await page.waitForTimeout(300);
    },
  },
});
