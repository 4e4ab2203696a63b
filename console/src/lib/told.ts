import i18next from "i18next";

type Sentences = Record<string, string>;
/** An English sentence with {0} {1} for what varies, as an expression, with its translation. */
interface Pattern {
  english: RegExp;
  places: string[];
  translation: string;
}
interface Known {
  whole: Map<string, string>;
  patterns: Pattern[];
}

const PLACE = /\{\d+\}/g;
const files: Record<string, () => Promise<{ default: Sentences }>> = {
  "zh-CN": () => import("./refusals.zh-CN.json"),
};
const known = new Map<string, Known>();
const coming = new Map<string, Promise<boolean>>();

/** Make the sentences of the server known in a language; where they cannot be had, they stay English. Says whether they are new. */
export function prepareTold(language = i18next.language): Promise<boolean> {
  const read = files[language];
  if (!read || known.has(language)) return Promise.resolve(false);
  const come = coming.get(language) ?? read().then(
    ({ default: sentences }) => (learn(language, sentences), true),
    () => false,
  ).finally(() => coming.delete(language));
  coming.set(language, come);
  return come;
}

/** Learn sentences: those with places are compiled here, once; the more a sentence says itself, the earlier it is tried. */
export function learn(language: string, sentences: Sentences): void {
  const whole = new Map<string, string>();
  const patterns: [number, Pattern][] = [];
  for (const [english, translation] of Object.entries(sentences)) {
    const places = english.match(PLACE);
    if (places) patterns.push([english.replace(PLACE, "").length, { english: expressionOf(english), places, translation }]);
    else whole.set(english, translation);
  }
  known.set(language, { whole, patterns: patterns.sort(([one], [other]) => other - one).map(([, pattern]) => pattern) });
}

function expressionOf(english: string): RegExp {
  const literal = english.split(PLACE).map((part) => part.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&"));
  return new RegExp(`^${literal.join("(.+?)")}$`);
}

/** Return a sentence that the server says in the language of the console; one without a translation as it is. */
export function told(message: string): string;
export function told(message: string | undefined): string | undefined;
export function told(message: string | undefined): string | undefined {
  if (!message) return message;
  const language = i18next.language;
  const sentences = known.get(language);
  // Pages that show it already are drawn again, as after a change of the language.
  if (!sentences && files[language]) void prepareTold(language).then((learned) => learned && redrawn());
  return (sentences && found(sentences, message.trim().replace(/\s+/g, " "))) ?? (i18next.exists(message) ? i18next.t(message) : message);
}

function redrawn(): void {
  void i18next.changeLanguage(i18next.language);
}

function found({ whole, patterns }: Known, said: string): string | undefined {
  const plain = whole.get(said);
  if (plain) return plain;
  for (const { english, places, translation } of patterns) {
    const facts = english.exec(said);
    if (facts) return translation.replace(PLACE, (place) => facts[places.indexOf(place) + 1] ?? "");
  }
  return undefined;
}
