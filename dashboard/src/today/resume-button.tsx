import { useQueryClient } from "@tanstack/react-query";
import { Play } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { resumeSchedule } from "~/api/schedules";
import { errorText } from "~/api/words";
import { Button } from "~/ui/button";
import { toasts } from "~/ui/toast-store";

/** Lets a schedule that paused itself go on. */
export function ResumeButton({ agentId, name }: { agentId: string; name: string }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const [busy, setBusy] = useState(false);
  const resume = async () => {
    setBusy(true);
    try {
      await resumeSchedule(agentId);
      toasts.show(t("schedule.resumed"));
    } catch (error) {
      toasts.show(errorText(t, error), { tone: "bad" });
    } finally {
      await queries.invalidateQueries({ queryKey: ["today"] });
      void queries.invalidateQueries({ queryKey: ["agents"] });
      setBusy(false);
    }
  };
  return (
    <Button
      size="sm"
      className="relative"
      disabled={busy}
      aria-label={`${t("schedule.resume")}: ${name}`}
      onClick={() => void resume()}
    >
      <Play aria-hidden /> {t("schedule.resume")}
    </Button>
  );
}
