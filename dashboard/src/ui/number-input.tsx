import { useState } from "react";
import { type FieldIds, ONE_LINE } from "./field";

/** A number that may be absent. What cannot be read yet stays in the field and counts as absent. */
export function NumberInput({
  value,
  onChange,
  min,
  max,
  step = 1,
  placeholder,
  ...ids
}: Partial<FieldIds> & {
  value: number | null;
  onChange(value: number | null): void;
  min?: number;
  max?: number;
  step?: number | "any";
  placeholder?: string;
}) {
  const [typed, setTyped] = useState<string | null>(null);
  return (
    <input
      {...ids}
      type="number"
      inputMode="decimal"
      min={min}
      max={max}
      step={step}
      placeholder={placeholder}
      value={typed ?? value ?? ""}
      onChange={(event) => {
        setTyped(event.target.value);
        onChange(event.target.value === "" ? null : event.target.valueAsNumber);
      }}
      onBlur={() => setTyped(null)}
      className={`${ONE_LINE} figures`}
    />
  );
}
