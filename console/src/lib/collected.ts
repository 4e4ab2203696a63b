/** The keys of one moment, and what is told of them. */
interface Moment<T> {
  keys: Set<string>;
  told: Promise<Map<string, T>>;
}

/**
 * Return a question about one key that is asked together with all others of the same moment: `ask` gets at most `atOnce`
 * of them. What it does not tell of is null.
 */
export function collected<T>(atOnce: number, ask: (scope: string, keys: string[]) => Promise<Map<string, T>>): (scope: string, key: string) => Promise<T | null> {
  const open = new Map<string, Moment<T>>();

  function begin(scope: string): Moment<T> {
    const keys = new Set<string>();
    const told = new Promise<void>((over) => setTimeout(over, 0)).then(() => {
      if (open.get(scope)?.keys === keys) open.delete(scope);
      return ask(scope, [...keys]);
    });
    const moment = { keys, told };
    open.set(scope, moment);
    return moment;
  }

  return async (scope, key) => {
    let moment = open.get(scope);
    if (!moment || (moment.keys.size >= atOnce && !moment.keys.has(key))) moment = begin(scope);
    moment.keys.add(key);
    return (await moment.told).get(key) ?? null;
  };
}
