import { DropdownMenu } from "radix-ui";
import type { ReactNode } from "react";

/** A menu behind a button. Not modal: a modal one would lock scrolling with an injected style sheet. */
export function Menu({
  trigger,
  children,
  align = "end",
}: {
  trigger: ReactNode;
  children: ReactNode;
  align?: "start" | "end";
}) {
  return (
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger asChild>{trigger}</DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content
          align={align}
          sideOffset={6}
          collisionPadding={8}
          className="rise z-40 min-w-44 rounded-xl border border-line bg-raised p-1 shadow-float"
        >
          {children}
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}

const ITEM =
  "flex h-9 w-full items-center gap-2.5 rounded-lg px-2.5 outline-none select-none data-highlighted:bg-hover [&_svg]:size-4 [&_svg]:text-muted";

export function MenuItem({
  onSelect,
  children,
  danger = false,
}: {
  onSelect(): void;
  children: ReactNode;
  danger?: boolean;
}) {
  return (
    <DropdownMenu.Item onSelect={onSelect} className={`${ITEM} ${danger ? "text-bad [&_svg]:text-bad" : ""}`}>
      {children}
    </DropdownMenu.Item>
  );
}

export function MenuRadio({
  value,
  onChange,
  options,
}: {
  value: string;
  onChange(value: string): void;
  options: readonly { value: string; label: string; icon?: ReactNode }[];
}) {
  return (
    <DropdownMenu.RadioGroup value={value} onValueChange={onChange}>
      {options.map((option) => (
        <DropdownMenu.RadioItem
          key={option.value}
          value={option.value}
          className={`${ITEM} data-[state=checked]:font-semibold data-[state=checked]:text-accent`}
        >
          {option.icon}
          {option.label}
        </DropdownMenu.RadioItem>
      ))}
    </DropdownMenu.RadioGroup>
  );
}
