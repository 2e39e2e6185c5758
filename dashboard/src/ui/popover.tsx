import { Popover as Base } from "radix-ui";
import type { ReactNode } from "react";

/**
 * A small panel at a button. It stays where it is in the page instead of moving to its end: inside a modal dialog that end
 * is out of reach.
 */
export function Popover({
  trigger,
  label,
  open,
  onOpen,
  children,
}: {
  trigger: ReactNode;
  label: string;
  open?: boolean;
  onOpen?(open: boolean): void;
  children: ReactNode;
}) {
  return (
    <Base.Root {...(open === undefined ? {} : { open })} {...(onOpen ? { onOpenChange: onOpen } : {})}>
      <Base.Trigger asChild>{trigger}</Base.Trigger>
      <Base.Content
        align="start"
        sideOffset={6}
        collisionPadding={12}
        aria-label={label}
        className="rise z-40 max-w-[calc(100vw-1.5rem)] rounded-xl border border-line bg-raised p-3 font-normal text-[0.9375rem] text-ink shadow-float outline-none"
      >
        {children}
      </Base.Content>
    </Base.Root>
  );
}
