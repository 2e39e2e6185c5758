import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { DataTable } from "./data-table";
import { Failed } from "./failed";
import { sheetsQuery } from "./sheets";

/** A workbook, a sheet at a time. */
export function SheetBody({ path, version }: { path: string; version: string }) {
  const { t } = useTranslation();
  const { data, error, refetch } = useQuery(sheetsQuery(path, version));
  const [chosen, setChosen] = useState(0);
  if (error) return <Failed error={error} onRetry={() => void refetch()} />;
  if (!data) return <div aria-busy className="flex-1" />;
  const sheet = data[chosen] ?? data[0];
  return (
    <>
      {sheet && sheet.rows.length > 1 ? (
        <DataTable key={sheet.name} rows={sheet.rows} className="min-h-0 flex-1" />
      ) : (
        <p className="flex-1 p-4 text-muted">{t("file.empty")}</p>
      )}
      {data.length > 1 && (
        <div
          role="tablist"
          aria-label={t("files.sheets")}
          className="thin-scroll flex shrink-0 overflow-x-auto border-line border-t bg-rail"
        >
          {data.map(({ name }, index) => (
            <button
              key={name}
              type="button"
              role="tab"
              aria-selected={index === chosen}
              onClick={() => setChosen(index)}
              className="h-9 shrink-0 border-line border-r px-4 text-[0.875rem] text-muted outline-offset-[-2px] hover:text-ink aria-selected:bg-bg aria-selected:font-medium aria-selected:text-ink"
            >
              {name}
            </button>
          ))}
        </div>
      )}
    </>
  );
}
