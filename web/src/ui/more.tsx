// The way to the next page of a list.
import { useTranslation } from "react-i18next";
import { Button } from "./button";
import css from "./more.module.css";

interface Pages {
  hasNextPage: boolean;
  isFetchingNextPage: boolean;
  fetchNextPage: () => unknown;
}

export function More({ pages }: { pages: Pages }) {
  const { t } = useTranslation();
  if (!pages.hasNextPage) return null;
  return (
    <Button
      className={css.more ?? ""}
      disabled={pages.isFetchingNextPage}
      onClick={() => pages.fetchNextPage()}
    >
      {t("more")}
    </Button>
  );
}
