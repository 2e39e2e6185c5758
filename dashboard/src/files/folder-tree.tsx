import { useQueries } from "@tanstack/react-query";
import { ChevronRight, Folder, FolderOpen, House } from "lucide-react";
import { type KeyboardEvent, useEffect, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { filesQuery } from "~/api/files";
import { parentOf } from "./paths";
import { type Branch, branches, withAncestors } from "./tree";

/** The folders of the workspace. Arrow keys walk it, Enter opens; a folder is listed when it is first expanded. */
export function FolderTree({ path, onEnter }: { path: string; onEnter(path: string): void }) {
  const { t, i18n } = useTranslation();
  const [expanded, setExpanded] = useState<ReadonlySet<string>>(() => new Set(withAncestors(path)));
  const [focused, setFocused] = useState(path);
  const tree = useRef<HTMLDivElement>(null);
  useEffect(() => {
    setExpanded((all) => new Set([...all, ...withAncestors(path)]));
    setFocused(path);
  }, [path]);

  const open = useMemo(() => [...expanded], [expanded]);
  const listings = useQueries({ queries: open.map((folder) => filesQuery(folder)) });
  const known = new Map(open.map((folder, index) => [folder, listings[index]?.data?.entries]));
  const lines = branches(expanded, (folder) => known.get(folder), i18n.language);
  const current = lines.some((line) => line.path === focused) ? focused : "";

  const expand = (line: Branch, wanted: boolean) =>
    setExpanded((all) => {
      const next = new Set(all);
      if (wanted) next.add(line.path);
      else next.delete(line.path);
      return next;
    });
  const focus = (target: string | undefined) => {
    if (target === undefined) return;
    setFocused(target);
    tree.current?.querySelector<HTMLElement>(`[data-path="${CSS.escape(target)}"]`)?.focus();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const at = lines.findIndex((line) => line.path === current);
    const line = lines[at];
    if (!line || event.ctrlKey || event.metaKey || event.altKey) return;
    switch (event.key) {
      case "ArrowDown":
        focus(lines[at + 1]?.path);
        break;
      case "ArrowUp":
        focus(lines[at - 1]?.path);
        break;
      case "Home":
        focus(lines[0]?.path);
        break;
      case "End":
        focus(lines.at(-1)?.path);
        break;
      case "ArrowRight":
        if (line.expanded) focus(lines[at + 1]?.path);
        else expand(line, true);
        break;
      case "ArrowLeft":
        if (line.expanded) expand(line, false);
        else focus(parentOf(line.path));
        break;
      case "Enter":
      case " ":
        onEnter(line.path);
        break;
      default:
        return;
    }
    event.preventDefault();
  };

  return (
    <div ref={tree} role="tree" aria-label={t("files.folders")} onKeyDown={onKeyDown} className="p-2">
      {lines.map((line) => (
        <Line
          key={line.path}
          line={line}
          here={line.path === path}
          focusable={line.path === current}
          onExpand={() => expand(line, !line.expanded)}
          onEnter={() => onEnter(line.path)}
        />
      ))}
    </div>
  );
}

interface LineProps {
  line: Branch;
  here: boolean;
  focusable: boolean;
  onExpand(): void;
  onEnter(): void;
}

function Line({ line, here, focusable, onExpand, onEnter }: LineProps) {
  const { t } = useTranslation();
  const root = line.path === "";
  const Icon = root ? House : here ? FolderOpen : Folder;
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the tree has the keys of all its lines.
    <div
      role="treeitem"
      aria-level={line.level}
      aria-expanded={line.leaf ? undefined : line.expanded}
      aria-selected={here}
      tabIndex={focusable ? 0 : -1}
      data-path={line.path}
      onClick={onEnter}
      style={{ paddingLeft: `${(line.level - 1) * 0.875}rem` }}
      className="flex h-8.5 cursor-pointer items-center rounded-lg pr-2 text-[0.875rem] outline-offset-[-2px] hover:bg-hover aria-selected:bg-accent-soft aria-selected:font-medium aria-selected:text-accent"
    >
      {/* The keyboard has the arrow keys for this. */}
      <span
        aria-hidden
        onClick={(event) => {
          event.stopPropagation();
          if (!line.leaf) onExpand();
        }}
        className="grid size-7 shrink-0 place-items-center text-muted"
      >
        {!line.leaf && <ChevronRight className={`size-3.5 ${line.expanded ? "rotate-90" : ""}`} />}
      </span>
      <Icon aria-hidden className="mr-2 size-4 shrink-0" />
      <span className="truncate">{root ? t("files.root") : line.name}</span>
    </div>
  );
}
