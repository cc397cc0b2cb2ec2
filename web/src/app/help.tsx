// The keys, all of them.
import { useTranslation } from "react-i18next";
import { Dialog } from "@/ui/dialog";
import { Kbd } from "@/ui/kbd";
import css from "./help.module.css";
import { PLACES } from "./nav";

const EVERYWHERE = [
  { keys: ["⌘", "K"], key: "palette" },
  { keys: ["?"], key: "help" },
  { keys: ["j"], key: "down" },
  { keys: ["k"], key: "up" },
  { keys: ["Enter"], key: "open" },
  { keys: ["Esc"], key: "close" },
] as const;
const ON_PAGES = [
  { keys: ["n"], key: "next" },
  { keys: ["p"], key: "previous" },
  { keys: ["Space"], key: "discussed" },
  { keys: ["e"], key: "error" },
  { keys: ["a"], key: "ack" },
] as const;

export default function Help({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  return (
    <Dialog open onClose={onClose} title={t("help.title")}>
      <div className={css.groups}>
        <List
          rows={[...EVERYWHERE, ...ON_PAGES].map((row) => ({ keys: row.keys, text: t(`help.${row.key}`) }))}
        />
        <List rows={PLACES.map((place) => ({ keys: ["g", place.letter], text: t(`nav.${place.key}`) }))} />
      </div>
    </Dialog>
  );
}

function List({ rows }: { rows: { keys: readonly string[]; text: string }[] }) {
  return (
    <dl className={css.list}>
      {rows.map((row) => (
        <div key={row.text}>
          <dt>
            {row.keys.map((key) => (
              <Kbd key={key}>{key}</Kbd>
            ))}
          </dt>
          <dd>{row.text}</dd>
        </div>
      ))}
    </dl>
  );
}
