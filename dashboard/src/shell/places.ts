import { Bot, ChartNoAxesColumn, FolderOpen, History, MessageSquareText, Settings, Sun } from "lucide-react";

/** Where one is led without having asked for a screen. */
export const HOME = "/";

/**
 * The screens of the frame, in their order: one line each makes a place in the rail, a key after `g`, a line in the help and an
 * answer of the search. `bar`: has a place of its own in the bottom bar of a phone; the others are behind "More" there.
 */
export const PLACES = [
  { to: HOME, key: "today", icon: Sun, go: "t", bar: true },
  { to: "/chat", key: "chat", icon: MessageSquareText, go: "c", bar: true },
  { to: "/agents", key: "agents", icon: Bot, go: "a", bar: true },
  { to: "/runs", key: "runs", icon: History, go: "r", bar: true },
  { to: "/files", key: "files", icon: FolderOpen, go: "f", bar: false },
  { to: "/usage", key: "usage", icon: ChartNoAxesColumn, go: "u", bar: false },
  { to: "/settings", key: "settings", icon: Settings, go: "s", bar: false },
] as const;
