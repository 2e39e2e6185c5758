import { ChevronRight, House } from "lucide-react";
import { useTranslation } from "react-i18next";
import { trail } from "./paths";

export function Breadcrumb({ path, onEnter }: { path: string; onEnter(path: string): void }) {
  const { t } = useTranslation();
  const parts = [{ name: t("files.root"), path: "" }, ...trail(path)];
  return (
    <nav aria-label={t("files.path")} className="min-w-0">
      <h1 className="sr-only">{t("files.title")}</h1>
      <ol className="flex flex-wrap items-center gap-0.5">
        {parts.map((part, index) => {
          const last = index === parts.length - 1;
          return (
            <li key={part.path} className="flex min-w-0 items-center gap-0.5">
              {index > 0 && <ChevronRight aria-hidden className="size-4 text-muted" />}
              <button
                type="button"
                aria-current={last ? "location" : undefined}
                onClick={() => onEnter(part.path)}
                className={`flex h-8 items-center gap-2 truncate rounded-lg px-2 hover:bg-hover ${last ? "font-semibold" : "text-muted"}`}
              >
                {index === 0 && <House aria-hidden className="size-4" />}
                {part.name}
              </button>
            </li>
          );
        })}
      </ol>
    </nav>
  );
}
