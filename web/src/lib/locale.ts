// Which language the page speaks. It must never load both: the other one comes when it is asked for.
import i18next from "i18next";
import { initReactI18next } from "react-i18next";
import type en from "@/locales/en.json";

export type Lang = "en" | "ja";
export const LANGS: readonly Lang[] = ["ja", "en"];
const KEY = "ippo.lang";

declare module "i18next" {
  interface CustomTypeOptions {
    resources: { translation: typeof en };
  }
}

function stored(): Lang | null {
  const value = window.localStorage.getItem(KEY);
  return value === "ja" || value === "en" ? value : null;
}

export function preferred(): Lang {
  return stored() ?? (navigator.language.toLowerCase().startsWith("ja") ? "ja" : "en");
}

async function words(lang: Lang): Promise<typeof en> {
  if (lang === "ja") return (await import("@/locales/ja.json")).default as unknown as typeof en;
  return (await import("@/locales/en.json")).default;
}

export async function startLocale(lang: Lang): Promise<void> {
  await i18next.use(initReactI18next).init({
    lng: lang,
    fallbackLng: false,
    resources: { [lang]: { translation: await words(lang) } },
    interpolation: { escapeValue: false },
    keySeparator: ".",
    returnNull: false,
  });
  document.documentElement.lang = lang;
}

export async function switchLocale(lang: Lang): Promise<void> {
  if (!i18next.hasResourceBundle(lang, "translation")) {
    i18next.addResourceBundle(lang, "translation", await words(lang));
  }
  window.localStorage.setItem(KEY, lang);
  await i18next.changeLanguage(lang);
  document.documentElement.lang = lang;
}
