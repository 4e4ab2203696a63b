import type * as Api from "@/api/types.gen";
import { money } from "@/lib/format";

export type Definition = Api.ListVoucherDefinitionsResponse["data"][number];
export type DefinitionBody = Api.PutVoucherDefinitionData["body"];
export type Worth = DefinitionBody["worth"];
export type Batch = Api.GetVoucherBatchResponse;
export type Counts = Api.CountVouchersResponse;
export type Voucher = Api.ListVouchersResponse["data"][number];
export type History = Api.GetVoucherResponse;
export type Checked = Api.CheckVouchersResponse;
export type NewCard = Api.MakeGiftCardsResponse[number];
export type CardBalance = Api.GetGiftCardBalanceResponse;
export type Card = Api.BlockGiftCardResponse;

type Say = (sentence: string, facts?: Record<string, unknown>) => string;

/** What a voucher takes off, in few words. */
export function worthText(worth: Worth, currency: string, t: Say): string {
  if (worth.kind === "free_shipping") return t("Free shipping");
  if (worth.kind === "free_item") return `${t("Free item")} · ${worth.item ?? ""}`;
  const off = worth.kind === "amount" ? money(worth.amount ?? 0, currency) : `${worth.percentage ?? ""} %`;
  const on = [...(worth.categories ?? []), ...(worth.products ?? [])].join(", ");
  return on ? `${off} · ${on}` : off;
}
