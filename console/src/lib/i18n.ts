import i18next from "i18next";
import { initReactI18next } from "react-i18next";
import { readStored, store } from "./stored";

/** The languages of the console. English sentences are the keys; other languages translate them in one catalogue. */
export const LANGUAGES = { en: "English", "zh-CN": "简体中文" } as const;
export type Language = keyof typeof LANGUAGES;

const catalogues: Record<Exclude<Language, "en">, () => Promise<{ default: Record<string, string> }>> = {
  "zh-CN": () => import("./catalogue.zh-CN.json"),
};

/** Return the language of a locale such as zh, zh-Hans-CN or en-GB. */
export function languageOf(locale: string | null | undefined): Language {
  return locale?.toLowerCase().startsWith("zh") ? "zh-CN" : "en";
}

/** Return the locale for numbers and dates: the browser's own where it speaks the chosen language. */
export function formatLocale(): string {
  const language = i18next.language as Language;
  return navigator.languages.find((locale) => languageOf(locale) === language && locale.startsWith(language.slice(0, 2))) ?? language;
}

/** Prepare translation; the language is the person's choice in this browser, else the browser's. */
export async function prepareLanguage(): Promise<void> {
  await i18next.use(initReactI18next).init({
    lng: "en",
    fallbackLng: "en",
    resources: { en: { translation: {} } },
    keySeparator: false,
    nsSeparator: false,
    interpolation: { escapeValue: false },
    returnEmptyString: false,
  });
  await speak(readStored<Language>("language", languageOf(navigator.language)));
}

/** Change the language, and remember it. */
export async function speak(language: Language, remember = false): Promise<void> {
  if (language !== "en" && !i18next.hasResourceBundle(language, "translation")) {
    const catalogue = await catalogues[language]();
    i18next.addResourceBundle(language, "translation", catalogue.default);
  }
  await i18next.changeLanguage(language);
  document.documentElement.lang = language;
  if (remember) store("language", language);
}

/** Whether the person chose a language in this browser. */
export function languageChosen(): boolean {
  return readStored<string | null>("language", null) !== null;
}
