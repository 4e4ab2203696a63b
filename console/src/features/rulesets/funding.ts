/** A payer and its share in percent. */
export interface Share {
  account: string;
  share: string | number;
}

/** Return shares that are alike and add up to a hundred; the first takes what cannot be shared. */
export function evenly(shares: Share[]): Share[] {
  const each = Math.floor(10_000 / shares.length);
  return shares.map((one, place) => ({ ...one, share: (place === 0 ? 10_000 - each * (shares.length - 1) : each) / 100 }));
}

/** Return what a payer is called. */
export function paidBy(account: string, payers: { items: { value: string; label: string }[] }[]): string {
  return payers.flatMap((group) => group.items).find((one) => one.value === account)?.label ?? account;
}

/** Return the shares with one more payer, who takes what is left, or half of what the last one pays. */
export function withPayer(shares: Share[], account: string): Share[] {
  const left = 100 - shares.reduce((all, one) => all + Number(one.share), 0);
  if (left > 0) return [...shares, { account, share: left }];
  const last = shares[shares.length - 1] as Share;
  const half = Math.round(Number(last.share) * 50) / 100;
  return [...shares.slice(0, -1), { ...last, share: Number(last.share) - half }, { account, share: half }];
}
