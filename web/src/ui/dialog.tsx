// A dialog over the page, by Base UI: it holds focus, closes on Esc and gives focus back.
import { Dialog as Base } from "@base-ui/react/dialog";
import { X } from "lucide-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import css from "./dialog.module.css";

export function Dialog({
  open,
  onClose,
  title,
  back,
  children,
}: {
  open: boolean;
  onClose: () => void;
  title: string;
  /** Where focus goes when it closes, if not back to what opened it. */
  back?: (() => HTMLElement | null) | undefined;
  children: ReactNode;
}) {
  const { t } = useTranslation();
  return (
    <Base.Root open={open} onOpenChange={(next) => (next ? undefined : onClose())}>
      <Base.Portal>
        <Base.Backdrop className={css.backdrop} />
        <Base.Popup className={css.popup} finalFocus={back && (() => back() ?? true)}>
          <div className={css.head}>
            <Base.Title className={css.title}>{title}</Base.Title>
            <Base.Close className={css.close} aria-label={t("close")}>
              <X size={16} aria-hidden="true" />
            </Base.Close>
          </div>
          {children}
        </Base.Popup>
      </Base.Portal>
    </Base.Root>
  );
}
