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
