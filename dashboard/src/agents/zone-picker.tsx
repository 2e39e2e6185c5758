import { Search } from "lucide-react";
import { type KeyboardEvent, useId, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { Popover } from "~/ui/popover";
import { INLINE } from "./inline-input";
import { type Zone, zoneFits, zones } from "./zones";

/** Enough to choose from; who wants another types a letter more. */
const SHOWN = 40;

/** The zone whose clocks count, found by its city. */
export function ZonePicker({
  text,
  value,
  onChange,
}: {
  text: string;
  value: string;
  onChange(zone: string): void;
}) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  return (
    <Popover
      label={t("schedule.zoneSearch")}
      open={open}
      onOpen={setOpen}
      trigger={
        <button type="button" className={INLINE} aria-label={t("schedule.controls.zone", { text })}>
          {text}
        </button>
      }
    >
      <ZoneList
        value={value}
        onPick={(zone) => {
          onChange(zone);
          setOpen(false);
        }}
      />
    </Popover>
  );
}

function ZoneList({ value, onPick }: { value: string; onPick(zone: string): void }) {
  const { t, i18n } = useTranslation();
  const [query, setQuery] = useState("");
  const [at, setAt] = useState(0);
  const id = useId();
  const all = useMemo(() => zones(i18n.language, new Date()), [i18n.language]);
  const found = (query.trim() ? all.filter((zone) => zoneFits(zone, query)) : all).slice(0, SHOWN);
  const active = Math.min(at, found.length - 1);
  const move = (to: number) => {
    setAt(Math.max(0, Math.min(found.length - 1, to)));
    document.getElementById(`${id}-${to}`)?.scrollIntoView({ block: "nearest" });
  };
  const onKey = (event: KeyboardEvent) => {
    if (event.nativeEvent.isComposing) return;
    if (event.key === "ArrowDown") move(active + 1);
    else if (event.key === "ArrowUp") move(active - 1);
    else if (event.key === "Enter" && found[active]) onPick(found[active].id);
    else return;
    event.preventDefault();
  };
  return (
    <div className="w-72 max-w-full">
      <div className="relative">
        <Search aria-hidden className="absolute top-2.5 left-2.5 size-4 text-muted" />
        <input
          role="combobox"
          aria-label={t("schedule.zoneSearch")}
          aria-expanded
          aria-controls={id}
          aria-activedescendant={found[active] ? `${id}-${active}` : undefined}
          autoComplete="off"
          spellCheck={false}
          placeholder={t("schedule.zoneSearch")}
          value={query}
          onChange={(event) => {
            setQuery(event.target.value);
            setAt(0);
          }}
          onKeyDown={onKey}
          className="h-9 w-full rounded-lg bg-sunken pr-2 pl-8.5"
        />
      </div>
      {/* The list is worked from the search box, as a combobox is. */}
      <div id={id} role="listbox" aria-label={t("schedule.zoneSearch")} className={LIST}>
        {found.map((zone, index) => (
          <Option
            key={zone.id}
            id={`${id}-${index}`}
            zone={zone}
            chosen={zone.id === value}
            active={index === active}
            onPick={onPick}
          />
        ))}
      </div>
      {found.length === 0 && (
        <p className="px-2 py-3 text-[0.875rem] text-muted">{t("schedule.zoneNone", { query })}</p>
      )}
    </div>
  );
}

const LIST = "thin-scroll mt-2 max-h-60 overflow-y-auto";

function Option({
  id,
  zone,
  chosen,
  active,
  onPick,
}: {
  id: string;
  zone: Zone;
  chosen: boolean;
  active: boolean;
  onPick(zone: string): void;
}) {
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents lint/a11y/useFocusableInteractive: focus and keys stay in the search box.
    <div
      id={id}
      role="option"
      aria-selected={chosen}
      onClick={() => onPick(zone.id)}
      className={`flex h-9 cursor-pointer items-center gap-2 rounded-lg px-2.5 text-[0.875rem] hover:bg-hover ${active ? "bg-hover" : ""} ${chosen ? "font-semibold text-accent" : ""}`}
    >
      <span className="truncate">{zone.city}</span>
      <span className="figures ml-auto shrink-0 text-[0.8125rem] text-muted">{zone.offset}</span>
    </div>
  );
}
