import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { Copy, Download, Ellipsis, Pencil, Trash2 } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { type Agent, agentQuery, agentsQuery, deleteAgent, exportUrl } from "~/api/agents";
import { IconButton } from "~/ui/button";
import { Confirm } from "~/ui/confirm";
import { Menu, MenuItem } from "~/ui/menu";
import { toasts } from "~/ui/toast-store";
import { useAgentActions } from "./actions";

/** Edit, duplicate, export, delete. */
export function AgentMenu({ agent, onDeleted }: { agent: Agent; onDeleted?(): Promise<void> }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const { duplicate } = useAgentActions();
  const queries = useQueryClient();
  const [asking, setAsking] = useState(false);
  const copy = async () => {
    const made = await duplicate(agent);
    if (made) void navigate({ to: "/agents/$id", params: { id: made.id } });
  };
  return (
    <>
      <Menu
        trigger={
          <IconButton label={t("common.menuFor", { name: agent.name })}>
            <Ellipsis />
          </IconButton>
        }
      >
        <MenuItem onSelect={() => void navigate({ to: "/agents/$id/edit", params: { id: agent.id } })}>
          <Pencil /> {t("agents.edit")}
        </MenuItem>
        <MenuItem onSelect={() => void copy()}>
          <Copy /> {t("agents.duplicate")}
        </MenuItem>
        <MenuItem onSelect={() => download(exportUrl(agent.id))}>
          <Download /> {t("agents.export")}
        </MenuItem>
        <MenuItem danger onSelect={() => setAsking(true)}>
          <Trash2 /> {t("common.delete")}
        </MenuItem>
      </Menu>
      {asking && (
        <Confirm
          title={t("agents.deleteTitle", { name: agent.name })}
          action={t("common.delete")}
          danger
          onClose={() => setAsking(false)}
          onConfirm={async () => {
            await deleteAgent(agent.id);
            // Whoever shows it leaves first: nobody asks for what is gone.
            await onDeleted?.();
            queries.removeQueries({ queryKey: agentQuery(agent.id).queryKey });
            void queries.invalidateQueries({ queryKey: agentsQuery.queryKey });
            toasts.show(t("agents.deleted", { name: agent.name }));
          }}
        >
          {t("agents.deleteText")}
        </Confirm>
      )}
    </>
  );
}

/** The server names the file. */
function download(url: string): void {
  const link = document.createElement("a");
  link.href = url;
  link.download = "";
  link.click();
}
