// The list that `Pick` opens, by Base UI. It is of a size that no page should wait for.
import { Combobox } from "@base-ui/react/combobox";
import { ChevronDown } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Pickable, PickProps } from "./pick";
import css from "./pick.module.css";

/** More are found by typing. */
const SHOWN_MOST = 200;

export default function PickList(props: PickProps) {
  const { t } = useTranslation();
  const { items, value } = props;
  // The list is part of the page, not beside it.
  const [place, setPlace] = useState<HTMLElement | null>(null);
  const current = items.find((each) => each.value === value) ?? null;
  return (
    <div className={css.field}>
      <Combobox.Root
        items={items}
        value={current}
        onValueChange={(item: Pickable | null) => (item === null ? undefined : props.onPick(item.value))}
        isItemEqualToValue={(a: Pickable, b: Pickable) => a.value === b.value}
        itemToStringLabel={(item: Pickable) => item.label}
        limit={SHOWN_MOST}
        autoHighlight
        disabled={props.disabled}
      >
        <Combobox.Label className={css.label}>{props.label}</Combobox.Label>
        <Combobox.Trigger className={css.trigger}>
          <span className={current === null ? css.nothing : css.value}>
            {current?.label ?? props.placeholder}
          </span>
          <ChevronDown size={14} aria-hidden="true" />
        </Combobox.Trigger>
        <Combobox.Portal container={place}>
          <Combobox.Positioner className={css.positioner} sideOffset={4} align="start">
            <Combobox.Popup className={css.popup} aria-label={props.label}>
              <Combobox.Input
                className={css.input}
                placeholder={t("pick.find")}
                aria-label={t("pick.find")}
              />
              <Combobox.Empty className={css.empty}>{t("pick.none")}</Combobox.Empty>
              <Combobox.List className={css.list} aria-label={props.label}>
                {(item: Pickable) => (
                  <Combobox.Item key={item.value} value={item} className={css.item}>
                    <span className={css.name}>{item.label}</span>
                    {item.note === undefined ? null : <span className={css.note}>{item.note}</span>}
                  </Combobox.Item>
                )}
              </Combobox.List>
            </Combobox.Popup>
          </Combobox.Positioner>
        </Combobox.Portal>
      </Combobox.Root>
      <div ref={setPlace} className={css.place} />
    </div>
  );
}
