import { X } from "lucide-react";
import { type ReactNode, useEffect, useId, useRef } from "react";
import { useTranslation } from "react-i18next";
import { IconButton } from "./button";

const WIDTHS = { narrow: "max-w-md", medium: "max-w-2xl", wide: "max-w-5xl" } as const;

/**
 * A modal on the platform's own `<dialog>`: focus trap, Escape, inert background and top layer come with it, and it needs
 * no injected style sheet, which the page's content security policy would refuse.
 */
export function Dialog({
  title,
  onClose,
  children,
  wide = false,
  width = wide ? "wide" : "narrow",
}: {
  title: string;
  onClose(): void;
  children: ReactNode;
  wide?: boolean;
  width?: keyof typeof WIDTHS;
}) {
  const { t } = useTranslation();
  const ref = useRef<HTMLDialogElement>(null);
  const heading = useId();
  useEffect(() => {
    const dialog = ref.current;
    dialog?.showModal();
    return () => dialog?.close();
  }, []);
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: Escape closes a dialog by itself; the click is for the backdrop.
    <dialog
      ref={ref}
      aria-labelledby={heading}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      onClick={(event) => event.target === ref.current && onClose()}
      className={`rise m-auto max-h-[calc(100dvh-2rem)] w-[calc(100vw-2rem)] overflow-auto rounded-2xl border border-line bg-raised p-0 shadow-float ${WIDTHS[width]}`}
    >
      <div className="p-5">
        <div className="mb-4 flex items-start justify-between gap-4">
          <h2 id={heading} className="pt-1 font-semibold text-[1.0625rem]">
            {title}
          </h2>
          <IconButton label={t("common.close")} onClick={onClose} className="-m-1">
            <X />
          </IconButton>
        </div>
        {children}
      </div>
    </dialog>
  );
}
