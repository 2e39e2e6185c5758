import { CircleCheck, CircleX, LoaderCircle, RotateCcw, X } from "lucide-react";
import { Progress } from "radix-ui";
import { useSyncExternalStore } from "react";
import { useTranslation } from "react-i18next";
import { errorText } from "~/api/words";
import { useFormat } from "~/lib/format";
import { Button, IconButton } from "~/ui/button";
import { type UploadItem, uploads } from "./uploads";

/** What is being uploaded, what was, and what could not be. */
export function UploadPanel() {
  const { t } = useTranslation();
  const items = useSyncExternalStore(uploads.subscribe, uploads.items);
  if (items.length === 0) return null;
  return (
    <section aria-label={t("files.uploads")} className="border-line border-t bg-rail">
      <div className="flex items-center justify-between py-1.5 pr-2 pl-4">
        <h2 className="font-medium text-[0.875rem]">{t("files.uploads")}</h2>
        <Button size="sm" look="quiet" onClick={() => uploads.clear()}>
          {t("files.clear")}
        </Button>
      </div>
      <ul className="thin-scroll max-h-44 overflow-y-auto pb-2">
        {items.map((item) => (
          <Row key={item.id} item={item} />
        ))}
      </ul>
    </section>
  );
}

function Row({ item }: { item: UploadItem }) {
  const { t } = useTranslation();
  const format = useFormat();
  const going = item.state === "waiting" || item.state === "sending";
  const Icon = item.state === "done" ? CircleCheck : going ? LoaderCircle : CircleX;
  const tone = item.state === "done" ? "text-ok" : item.state === "failed" ? "text-bad" : "text-muted";
  return (
    <li className="flex min-h-10 items-center gap-3 py-1 pr-2 pl-4 text-[0.875rem]">
      <Icon aria-hidden className={`size-4 shrink-0 ${tone} ${item.state === "sending" ? "spinning" : ""}`} />
      <div className="min-w-0 flex-1">
        <div className="flex justify-between gap-3">
          <span className="truncate">{item.name}</span>
          <span className="figures shrink-0 text-[0.8125rem] text-muted">
            {item.state === "done"
              ? t("files.uploadDone")
              : item.state === "cancelled"
                ? t("files.uploadCancelled")
                : going
                  ? t("files.uploadOf", { done: format.bytes(item.sent), total: format.bytes(item.size) })
                  : null}
          </span>
        </div>
        {going && (
          <Progress.Root
            value={item.sent}
            max={Math.max(1, item.size)}
            aria-label={item.name}
            className="mt-1 h-1 overflow-hidden rounded-full bg-hover"
          >
            <Progress.Indicator
              className="h-full bg-accent transition-[width] duration-100"
              style={{ width: `${(item.sent / Math.max(1, item.size)) * 100}%` }}
            />
          </Progress.Root>
        )}
        {item.state === "failed" && (
          <p role="alert" className="text-[0.8125rem] text-bad">
            {errorText(t, item.error)}
          </p>
        )}
      </div>
      {going && (
        <IconButton
          label={t("files.cancelUpload", { name: item.name })}
          onClick={() => uploads.cancel(item.id)}
        >
          <X />
        </IconButton>
      )}
      {item.state === "failed" && (
        <IconButton label={`${t("common.retry")}: ${item.name}`} onClick={() => uploads.retry(item.id)}>
          <RotateCcw />
        </IconButton>
      )}
    </li>
  );
}
