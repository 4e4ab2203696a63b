import { useQuery } from "@tanstack/react-query";
import type * as Api from "@/api/types.gen";
import { everything, get, inProgram } from "@/lib/api";
import { useOwnPartner, useProgramCode } from "@/lib/program";
import { useSession } from "@/lib/session";
import { useCheckoutsPath } from "./path";

export type CheckoutRow = Api.ListCheckoutsResponse["data"][number];
export type Checkout = Api.GetCheckoutResponse;
export type Explained = Api.ExplainCheckoutResponse;
export type Line = Checkout["lines"][number];
export type Taken = Checkout["rewards"][number];
export type Step = Checkout["history"][number];

export type Act = "close" | "cancel" | "return" | "reopen";

/** What is offered in a state; the server decides whether it may be done. */
export function actsOf(status: string): Act[] {
  if (status === "open") return ["close", "cancel"];
  if (status === "expired") return ["cancel"];
  if (status === "closed") return ["return", "reopen"];
  return status === "part_returned" ? ["return"] : [];
}

/** What the rewards that come back by their name have left: what took money off lines comes back with these. */
export function thingsLeft(checkout: Checkout): { reward: Taken; left: number }[] {
  return checkout.rewards.filter((reward) => !reward.with_lines && reward.returned < reward.quantity).map((reward) => ({ reward, left: reward.quantity - reward.returned }));
}

/** The lines of which pieces can come back, with their places in the basket. */
export function linesLeft(checkout: Checkout): { line: Line; place: number; left: number }[] {
  return checkout.lines.map((line, place) => ({ line, place, left: (line.quantity ?? 1) - line.returned })).filter(({ left }) => left > 0);
}

/** What a line is called: by its name where the shop sent one. */
export function lineName(line: Line | undefined, place: number): string {
  return line ? line.name || line.sku : String(place);
}

/** A checkout explained; while it is open, with what its order would earn, which a partner is not told. */
export function useCheckout(id: string) {
  const program = useProgramCode();
  const partner = useOwnPartner();
  const path = `${useCheckoutsPath()}/${encodeURIComponent(id)}`;
  return useQuery({
    queryKey: [program, "checkout", id],
    queryFn: async () => {
      if (partner) return get<Explained>(path);
      const [explained, checkout] = await Promise.all([get<Explained>(`${path}/explanation`), get<Checkout>(path)]);
      return { ...explained, checkout };
    },
  });
}

/** Return a function that names rewards, where one may read them. */
export function useRewardNames(): { nameOf: (code: string) => string; readable: boolean } {
  const program = useProgramCode();
  const readable = useSession().permissions.includes("rewards:read");
  const rewards = useQuery({ queryKey: [program, "rewards", "names"], enabled: readable, queryFn: () => everything<{ code: string; name: string }>(inProgram(program, "rewards")), staleTime: 60_000, retry: false });
  return { nameOf: (code) => rewards.data?.find((one) => one.code === code)?.name ?? code, readable };
}
