import { Bot } from "lucide-react";
import { lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import { activeTurn, type Transcript } from "~/live/transcript";
import { Button } from "~/ui/button";

const SaveAsAgent = lazy(() =>
  import("~/agents/save-as-agent").then((module) => ({ default: module.SaveAsAgent })),
);

/** Shown once something was done and nothing is under way: then there is something to save. */
export function SaveAction({
  conversationId,
  transcript,
}: {
  conversationId: string;
  transcript: Transcript;
}) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  const last = transcript.turns.findLast((turn) => turn.outcome !== null);
  const worth = transcript.turns.some((turn) => turn.outcome?.state === "succeeded");
  // A proposal of Claude's has its own button to save.
  const proposed = last?.parts.some((part) => part.type === "proposal");
  if (!worth || proposed || activeTurn(transcript) !== null) return null;
  return (
    <div className="pb-4">
      <Button size="sm" onClick={() => setOpen(true)}>
        <Bot aria-hidden /> {t("agents.save.action")}
      </Button>
      <Suspense>
        {open && <SaveAsAgent conversationId={conversationId} onClose={() => setOpen(false)} />}
      </Suspense>
    </div>
  );
}
