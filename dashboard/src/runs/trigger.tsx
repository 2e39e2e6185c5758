import { CalendarClock, Code, Hand, type LucideIcon, MessageSquareText, RotateCcw } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { Run } from "~/api/runs";

const ICONS: Record<Run["trigger"], LucideIcon> = {
  chat: MessageSquareText,
  manual: Hand,
  schedule: CalendarClock,
  api: Code,
  retry: RotateCcw,
};

/** What set a run off: icon and word. */
export function TriggerLabel({ trigger }: { trigger: Run["trigger"] }) {
  const { t } = useTranslation();
  const Icon = ICONS[trigger];
  return (
    <span className="inline-flex items-center gap-1.5 align-middle whitespace-nowrap">
      <Icon aria-hidden className="size-4 shrink-0" />
      {t(`runs.triggers.${trigger}`)}
    </span>
  );
}
