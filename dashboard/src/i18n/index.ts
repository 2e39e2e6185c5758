import i18next from "i18next";
import { initReactI18next } from "react-i18next";
import type { en } from "./en";

declare module "i18next" {
  interface CustomTypeOptions {
    defaultNS: "translation";
    resources: { translation: typeof en };
  }
}

export type Language = "ko" | "en";

const KEY = "berth.language";

const load = {
  ko: async () => (await import("./ko")).ko,
  en: async () => (await import("./en")).en,
} as const;

/** The chosen language, or else the browser's. */
export function preferredLanguage(): Language {
  const chosen = stored();
  if (chosen) return chosen;
  return navigator.languages.some((tag) => tag.toLowerCase().startsWith("ko")) ? "ko" : "en";
}

export async function startLanguage(): Promise<void> {
  const language = preferredLanguage();
  await i18next.use(initReactI18next).init({
    lng: language,
    // Each catalogue is complete (types and a test hold it so), hence nothing to fall back to.
    fallbackLng: false,
    resources: { [language]: { translation: await load[language]() } },
    interpolation: { escapeValue: false },
  });
  document.documentElement.lang = language;
}

export async function setLanguage(language: Language): Promise<void> {
  i18next.addResourceBundle(language, "translation", await load[language]());
  await i18next.changeLanguage(language);
  document.documentElement.lang = language;
  try {
    localStorage.setItem(KEY, language);
  } catch {
    // The choice then holds for this visit only.
  }
}

function stored(): Language | null {
  try {
    const value = localStorage.getItem(KEY);
    return value === "ko" || value === "en" ? value : null;
  } catch {
    return null;
  }
}
