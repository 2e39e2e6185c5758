import { Languages, Monitor, Moon, Sun } from "lucide-react";
import { useTranslation } from "react-i18next";
import { type Language, setLanguage } from "~/i18n";
import { useStored } from "~/lib/hooks";
import { IconButton } from "~/ui/button";
import { Menu, MenuRadio } from "~/ui/menu";

export const LANGUAGES = [
  { value: "ko", label: "한국어" },
  { value: "en", label: "English" },
] as const;

const ICONS = { system: <Monitor />, light: <Sun />, dark: <Moon /> };

export function useTheme(): [string, (theme: string) => void] {
  const [theme, store] = useStored("berth.theme", "system");
  return [
    theme,
    (next) => {
      store(next);
      if (next === "system") delete document.documentElement.dataset.theme;
      else document.documentElement.dataset.theme = next;
    },
  ];
}

export function useThemeOptions() {
  const { t } = useTranslation();
  return [
    { value: "system", label: t("settings.themeSystem"), icon: ICONS.system },
    { value: "light", label: t("settings.themeLight"), icon: ICONS.light },
    { value: "dark", label: t("settings.themeDark"), icon: ICONS.dark },
  ] as const;
}

export function LanguageMenu() {
  const { t, i18n } = useTranslation();
  return (
    <Menu
      trigger={
        <IconButton label={t("settings.language")}>
          <Languages />
        </IconButton>
      }
    >
      <MenuRadio
        value={i18n.language}
        onChange={(language) => void setLanguage(language as Language)}
        options={LANGUAGES}
      />
    </Menu>
  );
}

export function ThemeMenu() {
  const { t } = useTranslation();
  const [theme, setTheme] = useTheme();
  const options = useThemeOptions();
  return (
    <Menu
      trigger={
        <IconButton label={t("settings.theme")}>
          {ICONS[theme as keyof typeof ICONS] ?? ICONS.system}
        </IconButton>
      }
    >
      <MenuRadio value={theme} onChange={setTheme} options={options} />
    </Menu>
  );
}
