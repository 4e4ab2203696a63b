import { queryOptions } from "@tanstack/react-query";
import type * as Api from "@/api/types.gen";
import { get, ifMatch, inProgram, send } from "@/lib/api";
import { day } from "@/lib/format";

export type Row = Api.ListCampaignsResponse["data"][number];
export type Campaign = Api.GetCampaignResponse;
export type Body = Api.PutCampaignData["body"];
export type Status = Campaign["status"];
export type Promotion = Campaign["promotions"][number];
export type Choices = Api.ListCampaignChoicesResponse;
export type Activity = Api.ListActivitiesResponse["data"][number];
export type ActivityBody = Api.AddActivityData["body"];
export type Note = Api.ListCampaignNotesResponse["data"][number];
export type Calendar = Api.GetCalendarResponse;
export type Entry = Calendar["entries"][number];
export type List = Api.ListMarketingListsResponse["data"][number];
export type ListMember = Api.ListListMembersResponse["data"][number];
export type Relisted = Api.ChangeListMembersResponse;

/** The way of a campaign that goes well. */
export const WAY: Status[] = ["draft", "proposed", "approved", "active", "completed"];
export const STATUSES: Status[] = [...WAY, "cancelled"];
export const PROMOTION_KINDS = ["rule", "group", "reward", "voucher", "draw"] as const;

export const choicesQuery = (program: string) =>
  queryOptions({ queryKey: [program, "campaign-choices"], queryFn: () => get<Choices>(inProgram(program, "campaign-choices")), staleTime: 30_000 });

export const campaignQuery = (program: string, code: string) =>
  queryOptions({ queryKey: [program, "campaign", code], queryFn: () => get<Campaign>(inProgram(program, "campaigns", code)) });

/** What is read again when a campaign changes. */
export const touched = (program: string, code: string) => [[program, "campaign", code], [program, "campaigns"], [program, "calendar"], [program, "campaign-choices"]] as const;

export const BLANK: Body = { name: "", type: "", promotions: [], lists: [] };

/** A campaign as it is sent: without what only the answer has. */
export function bodyOf(one: Campaign): Body {
  return {
    name: one.name, type: one.type, template: one.template, owner: one.owner?.id ?? null, currency: one.currency, budget: one.budget, estimated_revenue: one.estimated_revenue,
    expected_response: one.expected_response, proposed_from: one.proposed_from, proposed_to: one.proposed_to, actual_from: one.actual_from, actual_to: one.actual_to,
    description: one.description, offer: one.offer, promotions: one.promotions.filter((each) => each.attached).map(({ kind, code }) => ({ kind, code })), lists: one.lists.map(({ code }) => code),
  };
}

/** Change a campaign; refused when somebody else changed it since it was read. */
export function put(program: string, one: Campaign, part: Partial<Body>): Promise<Campaign> {
  return send<Campaign>("PUT", inProgram(program, "campaigns", one.code), { ...bodyOf(one), ...part }, ifMatch(`"${one.revision}"`));
}

/** How many decimals the smallest unit of a currency has. */
export function decimals(currency: string): number {
  return new Intl.NumberFormat("en", { style: "currency", currency }).resolvedOptions().maximumFractionDigits ?? 2;
}

/** 1 – 24 Dec 2011, from 1 Dec 2011, until …; nothing without either. */
export function span(first: string | null | undefined, last: string | null | undefined): string {
  if (!first && !last) return "";
  return `${first ? day(first) : "…"} – ${last ? day(last) : "…"}`;
}

/** Where a promotion, or a campaign of the calendar, is looked at. */
export function placeOf(kind: string, code: string): { to: string; params: Record<string, string>; search?: Record<string, string> } {
  if (kind === "campaign") return { to: "/$program/campaigns/$campaign", params: { campaign: code } };
  if (kind === "rule") return { to: "/$program/rules/edit/$rule", params: { rule: code } };
  if (kind === "reward") return { to: "/$program/rewards/$reward", params: { reward: code } };
  if (kind === "voucher") return { to: "/$program/vouchers/$definition", params: { definition: code } };
  if (kind === "draw") return { to: "/$program/draws", params: {}, search: { draw: code } };
  return { to: "/$program/rules/parts", params: {}, search: { kind: "group", part: code } };
}

/** A code that a name suggests: small letters, digits and hyphens. */
export function codeOf(name: string): string {
  return name.normalize("NFKD").toLowerCase().replace(/[^a-z0-9]+/g, "-").replace(/^-+|-+$/g, "").slice(0, 63);
}
