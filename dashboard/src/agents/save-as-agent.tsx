import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { createAgent, draftQuery } from "~/api/agents";
import { ApiError } from "~/api/client";
import { uuidv7 } from "~/lib/ids";
import { Dialog } from "~/ui/dialog";
import { ErrorNotice } from "~/ui/notice";
import { toasts } from "~/ui/toast-store";
import { SpecDialog } from "./spec-dialog";

/** A conversation becomes an agent: what the server proposes, changed as its user likes. */
export function SaveAsAgent({ conversationId, onClose }: { conversationId: string; onClose(): void }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const queries = useQueryClient();
  const draft = useQuery(draftQuery(conversationId));
  const [key, setKey] = useState(uuidv7);
  if (!draft.data)
    return (
      <Dialog title={t("agents.save.title")} onClose={onClose} width="medium">
        {draft.isError ? (
          <ErrorNotice error={draft.error} onRetry={() => void draft.refetch()} />
        ) : (
          <p className="py-8 text-center text-muted">{t("agents.save.loading")}</p>
        )}
      </Dialog>
    );
  return (
    <SpecDialog
      title={t("agents.save.title")}
      text={t("agents.save.text")}
      action={t("agents.editor.saveNew")}
      spec={draft.data}
      schedule={null}
      onClose={onClose}
      onSave={async (spec, schedule) => {
        try {
          const agent = await createAgent(
            { ...spec, from_conversation_id: conversationId, ...(schedule ? { schedule } : {}) },
            key,
          );
          void queries.invalidateQueries({ queryKey: ["agents"] });
          toasts.show(t("agents.save.saved", { name: agent.name }));
          await navigate({ to: "/agents/$id", params: { id: agent.id } });
        } catch (error) {
          // A refusal ends the wish; an answer that was lost does not.
          if (error instanceof ApiError && error.status > 0) setKey(uuidv7());
          throw error;
        }
      }}
    />
  );
}
