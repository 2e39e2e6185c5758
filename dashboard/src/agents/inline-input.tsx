import { useState } from "react";

/** How a part of the sentence that can be changed looks. */
export const INLINE =
  "rounded-md px-1 py-0.5 font-semibold text-accent underline decoration-accent/40 decoration-dotted underline-offset-4 hover:bg-accent-soft data-[state=open]:bg-accent-soft";

/**
 * A word of a sentence that is typed over. What is typed counts as soon as it can be read; when it cannot, it is marked,
 * and leaving the field brings the last good value back. Arrow keys go up and down.
 */
export function InlineInput({
  label,
  help,
  value,
  read,
  shift,
  onChange,
  wide = false,
}: {
  label: string;
  help: string;
  value: string;
  read(text: string): string | null;
  shift?(by: 1 | -1): string;
  onChange(value: string): void;
  wide?: boolean;
}) {
  const [typed, setTyped] = useState<string | null>(null);
  const shown = typed ?? value;
  const bad = typed !== null && read(typed) === null;
  return (
    <input
      aria-label={label}
      title={help}
      aria-invalid={bad}
      value={shown}
      spellCheck={false}
      autoComplete="off"
      inputMode={wide ? "text" : "numeric"}
      style={{ width: `calc(${Math.max(shown.length, wide ? 9 : 2)}ch + 0.6rem)` }}
      className={`${INLINE} figures bg-transparent text-center aria-invalid:text-bad`}
      onFocus={(event) => event.target.select()}
      onChange={(event) => {
        setTyped(event.target.value);
        const good = read(event.target.value);
        if (good !== null) onChange(good);
      }}
      onBlur={() => setTyped(null)}
      onKeyDown={(event) => {
        if (event.key === "Enter") {
          event.preventDefault();
          setTyped(null);
        }
        if (!shift || (event.key !== "ArrowUp" && event.key !== "ArrowDown")) return;
        event.preventDefault();
        setTyped(null);
        onChange(shift(event.key === "ArrowUp" ? 1 : -1));
      }}
    />
  );
}
