import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useRouter } from "@tanstack/react-router";
import { Bot, FileText, Folder, History, MessageSquareText, PanelTop, Search } from "lucide-react";
import { type KeyboardEvent, useEffect, useId, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { type Found, type FoundKind, searchQuery } from "~/api/search";
import { errorText } from "~/api/words";
import { EnterKey } from "~/chat/ime";
import { useComposedText } from "~/lib/composed-text";
import { useSettled } from "~/lib/hooks";
import { PLACES } from "~/shell/places";
import { choices } from "./choices";

const ICONS: Record<FoundKind, typeof Search> = {
  conversation: MessageSquareText,
  agent: Bot,
  run: History,
  file: FileText,
  page: PanelTop,
};

/** How long a pause in writing is before the server is asked. */
const SETTLED_MS = 150;

/** Search across everything: a field, and under it what matches, chosen with the arrow keys and Enter. */
export function Palette({ onClose }: { onClose(): void }) {
  const { t } = useTranslation();
  const router = useRouter();
  const id = useId();
  const dialog = useRef<HTMLDialogElement>(null);
  const list = useRef<HTMLDivElement>(null);
  const query = useComposedText();
  const text = useSettled(query.text.trim(), SETTLED_MS);
  const found = useQuery({ ...searchQuery(text), placeholderData: keepPreviousData });
  const items = choices(t, query.text, text ? (found.data ?? []) : []);
  const [at, setAt] = useState(0);
  const current = Math.min(at, items.length - 1);

  useEffect(() => {
    const element = dialog.current;
    element?.showModal();
    return () => element?.close();
  }, []);
  useEffect(() => {
    list.current?.querySelector(`[data-at="${current}"]`)?.scrollIntoView({ block: "nearest" });
  }, [current]);

  const choose = (item: Found | undefined) => {
    if (!item) return;
    onClose();
    router.history.push(item.path);
  };
  const { field, onKeyDown } = useKeys(query.field, items.length, current, setAt, () =>
    choose(items[current]),
  );

  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: Escape closes a dialog by itself; the click is for the backdrop.
    <dialog
      ref={dialog}
      aria-label={t("search.title")}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      onClick={(event) => event.target === dialog.current && onClose()}
      className="rise mx-auto mt-[max(1rem,12dvh)] max-h-[76dvh] w-[calc(100vw-2rem)] max-w-xl flex-col overflow-hidden rounded-2xl border border-line bg-raised p-0 shadow-float open:flex"
    >
      <div className="flex items-center gap-3 border-line border-b px-4">
        <Search aria-hidden className="size-5 shrink-0 text-muted" />
        <input
          {...field}
          autoFocus
          role="combobox"
          aria-label={t("search.title")}
          aria-expanded
          aria-controls={id}
          aria-activedescendant={items.length > 0 ? `${id}-${current}` : undefined}
          placeholder={t("search.placeholder")}
          onKeyDown={onKeyDown}
          className="h-13 min-w-0 flex-1 bg-transparent text-base outline-none"
        />
        <kbd className="rounded-md border border-line px-1.5 font-sans text-[0.75rem] text-muted">Esc</kbd>
      </div>
      <div
        ref={list}
        id={id}
        role="listbox"
        aria-label={t("search.results")}
        aria-busy={found.isFetching}
        className="thin-scroll min-h-0 overflow-y-auto p-1.5"
      >
        {items.map((item, index) => (
          <Choice
            key={`${item.kind}:${item.path}`}
            id={`${id}-${index}`}
            at={index}
            item={item}
            current={index === current}
            onPoint={() => setAt(index)}
            onChoose={() => choose(item)}
          />
        ))}
      </div>
      <p role="status" className="px-4 text-[0.875rem] text-muted not-empty:py-3">
        {found.isError && text
          ? errorText(t, found.error)
          : items.length === 0 && !found.isFetching && text === query.text.trim()
            ? t("search.nothing", { text })
            : ""}
      </p>
    </dialog>
  );
}

/** Arrows move the choice, Enter takes it: once, and never in the middle of a syllable. */
function useKeys(
  composed: ReturnType<typeof useComposedText>["field"],
  count: number,
  current: number,
  setAt: (at: number) => void,
  choose: () => void,
) {
  const enter = useRef(new EnterKey());
  const latest = useRef(choose);
  latest.current = choose;
  const onKeyDown = (event: KeyboardEvent) => {
    const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    if (step !== 0 && !event.nativeEvent.isComposing && count > 0) {
      event.preventDefault();
      return setAt((current + step + count) % count);
    }
    // A held Enter only ends the composition: what it would choose was found for another text.
    if (enter.current.press(event.nativeEvent) !== "send") return;
    event.preventDefault();
    latest.current();
  };
  const field: typeof composed = {
    ...composed,
    onChange: (event) => {
      setAt(0);
      composed.onChange(event);
    },
    onCompositionStart: () => {
      enter.current.compositionStart();
      composed.onCompositionStart();
    },
    onCompositionEnd: (event) => {
      enter.current.compositionEnd(event.timeStamp);
      composed.onCompositionEnd(event);
    },
  };
  return { field, onKeyDown };
}

interface ChoiceProps {
  id: string;
  at: number;
  item: Found;
  current: boolean;
  onPoint(): void;
  onChoose(): void;
}

function Choice({ id, at, item, current, onPoint, onChoose }: ChoiceProps) {
  const { t } = useTranslation();
  const place = PLACES.find(({ to }) => to === item.path);
  const Icon = place?.icon ?? (item.folder ? Folder : (ICONS[item.kind] ?? Search));
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the field has the keyboard, as in every combobox.
    <div
      id={id}
      role="option"
      tabIndex={-1}
      aria-selected={current}
      data-at={at}
      onPointerMove={onPoint}
      onClick={onChoose}
      className="flex min-h-10 cursor-pointer items-center gap-3 rounded-lg px-2.5 py-1.5 aria-selected:bg-accent-soft"
    >
      <Icon aria-hidden className="size-4.5 shrink-0 text-muted" />
      <span className="min-w-0 flex-1">
        <span className="block truncate">{item.title}</span>
        {item.detail && <span className="block truncate text-[0.8125rem] text-muted">{item.detail}</span>}
      </span>
      <span className="shrink-0 text-[0.75rem] text-muted">{t(`search.kind.${item.kind}`)}</span>
    </div>
  );
}
