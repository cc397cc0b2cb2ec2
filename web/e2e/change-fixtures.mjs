// What changed before the incidents among the fixtures. It must never be part of the product.
import { now } from "./clock.mjs";

const PAGE = { next_cursor: null, warnings: [], partial: false, sampled: null };
const ago = (minutes) => new Date(now() - minutes * 60_000).toISOString().replace(".000Z", "Z");
const SAID = {
  en: [
    "checkout 2.3.1 went out to production",
    "SLO checkout-succeeds was changed, to revision 3",
    "search 7 went out",
  ],
  ja: [
    "checkout 2.3.1 をリリース (production)",
    "SLO checkout-succeeds を変更（リビジョン 3）",
    "search 7 をリリース",
  ],
};

export function changes(id, lang) {
  const [own, revision, other] = SAID[lang];
  const told = [
    { time: ago(95), by: "ci", text: own, own: true, url: "https://ci.example/deploys/7" },
    { time: ago(700), by: "ada", text: revision, own: true, url: null },
    { time: ago(60), by: "ippo", text: other, own: false, url: null },
  ];
  return { changes: id === 41 ? told : [], ...PAGE };
}
