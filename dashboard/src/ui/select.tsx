import { ChevronDown } from "lucide-react";
import type { FieldIds } from "./field";

/** One choice of several, with the platform's own list: it is right for keyboard, reader and phone as it is. */
export function Select<V extends string>({
  value,
  options,
  onChange,
  label,
  ...ids
}: Partial<FieldIds> & {
  value: V;
  options: readonly { value: NoInfer<V>; label: string }[];
  onChange(value: NoInfer<V>): void;
  label?: string;
}) {
  return (
    <span className="relative block min-w-0 flex-1">
      <select
        {...ids}
        aria-label={label}
        value={value}
        onChange={(event) => onChange(event.target.value as V)}
        className="h-9 w-full appearance-none truncate rounded-lg border border-line-strong bg-bg pr-8 pl-3"
      >
        {options.map((option) => (
          <option key={option.value} value={option.value}>
            {option.label}
          </option>
        ))}
      </select>
      <ChevronDown aria-hidden className="pointer-events-none absolute top-2.5 right-2.5 size-4 text-muted" />
    </span>
  );
}
