import { CircleAlert, Clock } from "lucide-react";
import { useTranslation } from "react-i18next";
import { errorKey } from "~/api/words";
import { useConnection, useLive } from "~/live/context";
import type { Unsent } from "~/live/outbox";
import { Button } from "~/ui/button";
import { Prompt } from "./turn-view";

/** A message on its way, shown where it will be; or one that was refused, with what can be done about it. */
export function UnsentMessage({ item }: { item: Unsent }) {
  const { t } = useTranslation();
  const live = useLive();
  const offline = useConnection().phase !== "open";
  return (
    <article className="py-5">
      <Prompt content={item.content}>
        {item.refused ? (
          <div role="alert" className="flex max-w-[85%] flex-col items-end gap-2 text-[0.875rem]">
            <p className="flex items-start gap-2 text-bad">
              <CircleAlert aria-hidden className="mt-0.5 size-4 shrink-0" />
              <span>
                {t(`error.${errorKey(item.refused.code, null)}`)}{" "}
                <span className="text-[0.8125rem] text-muted">
                  {t("common.reference", { code: item.refused.code })}
                </span>
              </span>
            </p>
            <span className="flex gap-2">
              <Button size="sm" look="quiet" onClick={() => live.discard(item.id)}>
                {t("chat.refusedDiscard")}
              </Button>
              <Button size="sm" onClick={() => live.resend(item.id)}>
                {t("chat.refusedRetry")}
              </Button>
            </span>
          </div>
        ) : (
          <span className="flex items-center gap-1.5 text-[0.8125rem] text-muted">
            <Clock aria-hidden className="size-3.5" />
            {offline ? t("chat.sendingOffline") : t("chat.sending")}
          </span>
        )}
      </Prompt>
    </article>
  );
}
