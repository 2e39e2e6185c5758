import { useTranslation } from "react-i18next";
import type { UsageRow } from "~/api/usage";

/** Whose use a row is: an agent's by its name, or that of the conversations. */
export function useAgentName(): (row: Pick<UsageRow, "agent_id" | "agent_name">) => string {
  const { t } = useTranslation();
  return ({ agent_id, agent_name }) =>
    agent_id === null ? t("usage.chats") : (agent_name ?? t("usage.deletedAgent"));
}
