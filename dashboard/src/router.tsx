import { createRootRoute, createRoute, createRouter, lazyRouteComponent } from "@tanstack/react-router";
import { ChatPage } from "./chat/chat-page";
import { parseSearch } from "./runs/filter";
import { NoPage, PageError } from "./shell/page-error";
import { HOME } from "./shell/places";
import { Root } from "./shell/root";

const root = createRootRoute({ component: Root, notFoundComponent: NoPage, errorComponent: PageError });

const home = createRoute({
  getParentRoute: () => root,
  path: HOME,
  component: lazyRouteComponent(() => import("./today/today-page"), "TodayPage"),
});

const chat = createRoute({
  getParentRoute: () => root,
  path: "/chat",
  component: () => <ChatPage id={null} />,
});

const conversation = createRoute({
  getParentRoute: () => root,
  path: "/chat/$id",
  component: function ConversationPage() {
    return <ChatPage id={conversation.useParams().id} />;
  },
});

const files = createRoute({
  getParentRoute: () => root,
  path: "/files",
  validateSearch: (search: Record<string, unknown>): { path?: string; open?: string } => ({
    ...(typeof search.path === "string" && search.path ? { path: search.path } : {}),
    ...(typeof search.open === "string" && search.open ? { open: search.open } : {}),
  }),
  component: lazyRouteComponent(() => import("./files/files-page"), "FilesPage"),
});

const usage = createRoute({
  getParentRoute: () => root,
  path: "/usage",
  component: lazyRouteComponent(() => import("./usage/usage-page"), "UsagePage"),
});

const settings = createRoute({
  getParentRoute: () => root,
  path: "/settings",
  component: lazyRouteComponent(() => import("./settings/settings-page"), "SettingsPage"),
});

const runs = createRoute({
  getParentRoute: () => root,
  path: "/runs",
  validateSearch: parseSearch,
  component: lazyRouteComponent(() => import("./runs/runs-page"), "RunsPage"),
});

const run = createRoute({
  getParentRoute: () => root,
  path: "/runs/$id",
  component: lazyRouteComponent(() => import("./runs/run-page"), "RunPage"),
});

const compare = createRoute({
  getParentRoute: () => root,
  path: "/runs/$id/compare",
  validateSearch: (search: Record<string, unknown>): { with?: string } =>
    typeof search.with === "string" ? { with: search.with } : {},
  component: lazyRouteComponent(() => import("./runs/compare-page"), "ComparePage"),
});

const agents = createRoute({
  getParentRoute: () => root,
  path: "/agents",
  component: lazyRouteComponent(() => import("./agents/agents-page"), "AgentsPage"),
});

const agentNew = createRoute({
  getParentRoute: () => root,
  path: "/agents/new",
  validateSearch: (search: Record<string, unknown>): { template?: string } =>
    typeof search.template === "string" ? { template: search.template } : {},
  component: lazyRouteComponent(() => import("./agents/new-agent-page"), "NewAgentPage"),
});

const agent = createRoute({
  getParentRoute: () => root,
  path: "/agents/$id",
  validateSearch: (search: Record<string, unknown>): { tab?: string } =>
    typeof search.tab === "string" ? { tab: search.tab } : {},
  component: lazyRouteComponent(() => import("./agents/agent-page"), "AgentPage"),
});

const agentEdit = createRoute({
  getParentRoute: () => root,
  path: "/agents/$id/edit",
  validateSearch: (search: Record<string, unknown>): { test?: string } =>
    typeof search.test === "string" ? { test: search.test } : {},
  component: lazyRouteComponent(() => import("./agents/edit-agent-page"), "EditAgentPage"),
});

const notifications = createRoute({
  getParentRoute: () => root,
  path: "/notifications",
  component: lazyRouteComponent(() => import("./notifications/notifications-page"), "NotificationsPage"),
});

export function makeRouter() {
  return createRouter({
    routeTree: root.addChildren([
      home,
      chat,
      conversation,
      files,
      usage,
      settings,
      runs,
      run,
      compare,
      notifications,
      agents,
      agentNew,
      agent,
      agentEdit,
    ]),
    defaultPreload: "intent",
    defaultErrorComponent: PageError,
  });
}

declare module "@tanstack/react-router" {
  interface Register {
    router: ReturnType<typeof makeRouter>;
  }
}
