import type * as Api from "@/api/types.gen";
import { money, points } from "@/lib/format";
import type { PointType } from "@/lib/program";

export type Reward = Api.ListRewardsResponse["data"][number];
export type RewardBody = Api.PutRewardData["body"];
export type Version = Api.ListRewardVersionsResponse[number];
export type Shelf = Api.PutRewardStockResponse;

export const KINDS = ["goods", "service", "discount", "free_item", "gift_card", "voucher", "draw_tickets", "content", "donation", "partner", "bundle"] as const;

/** The point type a price is in: the reward's own, or the first that can be spent. */
export function typeOf(types: PointType[], code: string | null | undefined): PointType | undefined {
  return types.find((one) => one.code === code) ?? types.find((one) => one.kind === "redeemable") ?? types[0];
}

/** 250 points + £4.95, or 100 points = £1. */
export function priceText(price: Reward["price"], scale: number, currency: string, unit: string): string {
  if (price.rate) return `${points(price.rate.points, scale)} ${unit} = ${money(price.rate.worth, currency)}`;
  const parts = [price.points ? `${points(price.points, scale)} ${unit}` : "", price.money ? money(price.money, currency) : ""].filter(Boolean);
  return parts.join(" + ") || `0 ${unit}`;
}

/** A reward as it is sent: without what only the answer has. */
export function bodyOf(reward: Reward): RewardBody {
  const { code: _code, version: _version, archived_at: _archived, shelves: _shelves, ...body } = reward;
  return body;
}

export const BLANK: RewardBody = { name: "", kind: "goods", price: { points: 0, money: 0 }, stock: false };
