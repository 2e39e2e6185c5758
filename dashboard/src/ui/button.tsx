import type { ComponentProps } from "react";

type Look = "primary" | "plain" | "quiet" | "danger";
type Size = "md" | "sm" | "icon";

const LOOKS: Record<Look, string> = {
  primary: "bg-accent text-on-accent hover:bg-accent-hover",
  plain: "border border-line bg-raised text-ink hover:bg-hover",
  quiet: "text-muted hover:bg-hover hover:text-ink",
  danger: "border border-line bg-raised text-bad hover:bg-bad-soft",
};

const SIZES: Record<Size, string> = {
  md: "h-9 px-3.5 gap-2",
  sm: "h-8 px-2.5 gap-1.5 text-[0.8125rem]",
  icon: "size-9 justify-center",
};

const BASE =
  "inline-flex shrink-0 items-center justify-center rounded-lg font-medium whitespace-nowrap transition-colors duration-100 disabled:opacity-55 [&_svg]:size-4.5 [&_svg]:shrink-0";

export function buttonClass(look: Look = "plain", size: Size = "md", extra = ""): string {
  return `${BASE} ${LOOKS[look]} ${SIZES[size]} ${extra}`;
}

export function Button({
  look = "plain",
  size = "md",
  className = "",
  ...rest
}: ComponentProps<"button"> & { look?: Look; size?: Size }) {
  return <button type="button" className={buttonClass(look, size, className)} {...rest} />;
}

/** A button that is only an icon: its label is read out and shown as a tooltip. */
export function IconButton({
  label,
  ...rest
}: Omit<ComponentProps<typeof Button>, "size" | "aria-label"> & { label: string }) {
  return <Button size="icon" look="quiet" aria-label={label} title={label} {...rest} />;
}
