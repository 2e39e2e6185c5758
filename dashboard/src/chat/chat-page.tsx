import { useNavigate } from "@tanstack/react-router";
import { PanelLeft, SquarePen } from "lucide-react";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { useMediaQuery } from "~/lib/hooks";
import { IconButton } from "~/ui/button";
import { Dialog } from "~/ui/dialog";
import { ConversationList } from "./conversation-list";
import { ConversationScreen } from "./conversation-screen";
import { preloadParts } from "./lazy-parts";

/** The list beside the conversation where there is room for both, in a sheet where there is not. */
export function ChatPage({ id }: { id: string | null }) {
  const { t } = useTranslation();
  const roomy = useMediaQuery("(min-width: 60rem)");
  const [listOpen, setListOpen] = useState(false);
  const navigate = useNavigate();
  useEffect(preloadParts, []);
  const startNew = () => {
    setListOpen(false);
    void navigate({ to: "/chat" });
  };
  return (
    <div className="flex min-h-0 flex-1">
      {roomy && (
        <aside className="flex w-68 shrink-0 flex-col border-line border-r" aria-label={t("chat.list")}>
          <ConversationList current={id} onNew={startNew} onPick={() => {}} />
        </aside>
      )}
      <section className="flex min-w-0 flex-1 flex-col">
        {!roomy && (
          <div className="flex items-center justify-between px-2 pt-1.5">
            <IconButton label={t("chat.showList")} onClick={() => setListOpen(true)}>
              <PanelLeft />
            </IconButton>
            <IconButton label={t("chat.new")} onClick={startNew}>
              <SquarePen />
            </IconButton>
          </div>
        )}
        <ConversationScreen key={id ?? "new"} id={id} />
      </section>
      {!roomy && listOpen && (
        <Dialog title={t("chat.list")} onClose={() => setListOpen(false)}>
          <div className="-mx-3 flex h-[65dvh] flex-col">
            <ConversationList current={id} onNew={startNew} onPick={() => setListOpen(false)} />
          </div>
        </Dialog>
      )}
    </div>
  );
}
