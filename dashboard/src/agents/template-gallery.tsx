import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import {
  Activity,
  Binoculars,
  Bot,
  ChartColumn,
  type LucideIcon,
  Newspaper,
  Receipt,
  Table,
} from "lucide-react";
import { useTranslation } from "react-i18next";
import { type Template, templatesQuery } from "~/api/agents";
import { ErrorNotice } from "~/ui/notice";
import { scheduleText } from "./schedule-words";

/** The server names an icon; one that this page does not know is a plain agent. */
const ICONS: Readonly<Record<string, LucideIcon>> = {
  activity: Activity,
  binoculars: Binoculars,
  "chart-column": ChartColumn,
  newspaper: Newspaper,
  receipt: Receipt,
  table: Table,
};

/** Work that others have such agents do, to begin with. */
export function TemplateGallery() {
  const { t, i18n } = useTranslation();
  const templates = useQuery(templatesQuery(i18n.language));
  return (
    <section className="mt-8" aria-labelledby="templates">
      <h2 id="templates" className="font-semibold">
        {t("agents.templates")}
      </h2>
      <p className="mb-3 text-[0.875rem] text-muted">{t("agents.templatesText")}</p>
      {templates.isError && <ErrorNotice error={templates.error} onRetry={() => void templates.refetch()} />}
      <ul className="grid gap-3 sm:grid-cols-2 lg:grid-cols-3">
        {templates.data?.map((template) => (
          <Card key={template.id} template={template} />
        ))}
      </ul>
    </section>
  );
}

function Card({ template }: { template: Template }) {
  const { t, i18n } = useTranslation();
  const Icon = ICONS[template.icon] ?? Bot;
  return (
    <li className="relative flex gap-3 rounded-2xl border border-line p-4 hover:bg-hover">
      <span className="grid size-9 shrink-0 place-items-center rounded-xl bg-accent-soft text-accent">
        <Icon aria-hidden className="size-4.5" />
      </span>
      <div className="min-w-0">
        <h3 className="font-semibold text-[0.9375rem]">
          <Link
            to="/agents/new"
            search={{ template: template.id }}
            className="after:absolute after:inset-0 after:rounded-2xl after:content-['']"
          >
            {template.name}
          </Link>
        </h3>
        <p className="mt-0.5 text-[0.8125rem] text-muted">{template.summary}</p>
        <p className="mt-2 text-[0.8125rem]">
          {template.schedule ? scheduleText(t, template.schedule, i18n.language) : t("proposal.none")}
        </p>
      </div>
    </li>
  );
}
