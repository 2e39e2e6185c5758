import { Switch as Base } from "radix-ui";

/** On or off, at once. */
export function Switch({
  label,
  checked,
  onChange,
  disabled = false,
  described,
}: {
  label: string;
  checked: boolean;
  onChange(on: boolean): void;
  disabled?: boolean;
  described?: string;
}) {
  return (
    <Base.Root
      checked={checked}
      disabled={disabled}
      aria-label={label}
      aria-describedby={described}
      title={label}
      onCheckedChange={onChange}
      className="h-6 w-11 shrink-0 rounded-full border border-line-strong bg-hover p-0.5 transition-colors duration-100 disabled:opacity-55 data-[state=checked]:border-accent data-[state=checked]:bg-accent"
    >
      <Base.Thumb className="block size-4.5 rounded-full bg-line-strong transition-transform duration-100 data-[state=checked]:translate-x-5 data-[state=checked]:bg-on-accent" />
    </Base.Root>
  );
}
