import {
  IconAddressBook, IconCalendarMonth, IconSpeakerphone, IconBook2, IconBuildingStore, IconCoins, IconHome, IconListCheck, IconListDetails, IconPlugConnected, IconSettings, IconShoppingBag, IconStairsUp,
  IconUsers, IconUsersGroup, IconWebhook, IconActivityHeartbeat, IconGift, IconShoppingBagCheck, IconShoppingCart, IconChecklist, IconFileInvoice, IconShieldCheck, IconUserCog, IconConfetti, IconGiftCard, IconTicket, IconArrowsExchange, IconKey, IconMessageReport, IconTransfer, IconReportMoney, type Icon,
} from "@tabler/icons-react";

export interface Place {
  /** Where it is, below the program. */
  to: string;
  label: string;
  icon: Icon;
  /** What it is looked for by, beside its name. */
  words?: string;
  /** What one has to be allowed to find something there; everybody sees it when left out. */
  needs?: string;
}

/** The places of a program, in groups. A feature that has a page adds it here and in router.tsx. */
export const NAVIGATION: { label: string; places: Place[] }[] = [
  {
    label: "",
    places: [{ to: "/$program", label: "Home", icon: IconHome, words: "dashboard charts overview" }],
  },
  {
    label: "Loyalty",
    places: [
      { to: "/$program/members", label: "Members", icon: IconUsers, needs: "members:read", words: "customers people search" },
      { to: "/$program/tasks", label: "Tasks", icon: IconListCheck, needs: "members:read", words: "calls due follow up to do promised" },
      { to: "/$program/rules", label: "Rules", icon: IconListDetails, needs: "rules:read", words: "promotion builder publish simulate" },
      { to: "/$program/campaigns", label: "Campaigns", icon: IconSpeakerphone, needs: "campaigns:read", words: "marketing offer budget owner plan template activities" },
      { to: "/$program/calendar", label: "Calendar", icon: IconCalendarMonth, needs: "campaigns:read", words: "month schedule dates promotions" },
      { to: "/$program/lists", label: "Marketing lists", icon: IconAddressBook, needs: "campaigns:read", words: "members segments mailing import audience" },
      { to: "/$program/tiers", label: "Tiers", icon: IconStairsUp, needs: "programs:read", words: "levels status grid" },
      { to: "/$program/events", label: "Events", icon: IconActivityHeartbeat, needs: "events:read", words: "debugger live stream" },
    ],
  },
  {
    label: "Benefits",
    places: [
      { to: "/$program/rewards", label: "Rewards", icon: IconGift, needs: "rewards:read", words: "catalogue stock prices redeem" },
      { to: "/$program/redemptions", label: "Redemptions", icon: IconShoppingBagCheck, needs: "redemptions:read", words: "orders fulfilment shipping" },
      { to: "/$program/checkouts", label: "Checkouts", icon: IconShoppingCart, needs: "checkouts:read", words: "baskets orders returns set aside reopen" },
      { to: "/$program/vouchers", label: "Vouchers", icon: IconTicket, needs: "vouchers:read", words: "coupons codes batches import export" },
      { to: "/$program/gift-cards", label: "Gift cards", icon: IconGiftCard, needs: "giftcards:use", words: "balance block pin" },
      { to: "/$program/draws", label: "Draws", icon: IconConfetti, needs: "draws:read", words: "lottery prizes tickets instant win" },
    ],
  },
  {
    label: "Catalogue",
    places: [
      { to: "/$program/products", label: "Products", icon: IconShoppingBag, needs: "products:read", words: "sku catalogue" },
      { to: "/$program/stores", label: "Stores", icon: IconBuildingStore, needs: "programs:read", words: "regions channels shops" },
      { to: "/$program/partners", label: "Partners", icon: IconUsersGroup, needs: "programs:read", words: "coalition" },
      { to: "/$program/point-types", label: "Point types", icon: IconCoins, needs: "programs:read", words: "currency expiry" },
    ],
  },
  {
    label: "Operate",
    places: [
      { to: "/$program/books", label: "Books", icon: IconBook2, needs: "books:read", words: "trial balance liability verify ledger finance" },
      { to: "/$program/finance", label: "Finance", icon: IconReportMoney, needs: "finance:read", words: "journal month close period liability deferred revenue ifrs account codes general ledger" },
      { to: "/$program/statements", label: "Statements", icon: IconFileInvoice, needs: "settlement:read", words: "partners settlement invoices owe" },
      { to: "/$program/disputes", label: "Disputes", icon: IconMessageReport, needs: "settlement:read", words: "exceptions notes answers partners" },
      { to: "/$program/nettings", label: "Settlements", icon: IconTransfer, needs: "settlement:read", words: "netting payments pain.001 bank file treasury" },
      { to: "/$program/sources", label: "Sources and keys", icon: IconPlugConnected, needs: "programs:read", words: "api write key integration sdk" },
      { to: "/$program/webhooks", label: "Webhooks", icon: IconWebhook, needs: "webhooks:read", words: "deliveries endpoints" },
      { to: "/$program/approvals", label: "Approvals", icon: IconChecklist, needs: "approvals:read", words: "inbox waiting second person four eyes limits policy" },
      { to: "/$program/people", label: "People", icon: IconUserCog, needs: "staff:read", words: "staff team invite roles users access" },
      { to: "/$program/audit", label: "Audit", icon: IconShieldCheck, needs: "audit:read", words: "log history who changed verify chain" },
      { to: "/$program/settings", label: "Settings", icon: IconSettings, needs: "programs:read", words: "program zone currency attributes" },
    ],
  },
];

/** The places of a partner's people: their own side of the program and nothing else. */
export const PORTAL: typeof NAVIGATION = [
  { label: "", places: [{ to: "/$program", label: "Home", icon: IconHome, words: "figures overview" }] },
  {
    label: "Business",
    places: [
      { to: "/$program/transactions", label: "Transactions", icon: IconArrowsExchange, needs: "partners:read", words: "points earned spent members csv" },
      { to: "/$program/checkouts", label: "Checkouts", icon: IconShoppingCart, needs: "checkouts:read", words: "baskets orders returns" },
      { to: "/$program/statements", label: "Statements", icon: IconFileInvoice, needs: "settlement:read", words: "settlement invoices owe upload" },
      { to: "/$program/disputes", label: "Disputes", icon: IconMessageReport, needs: "settlement:read", words: "exceptions notes answers" },
    ],
  },
  {
    label: "Connection",
    places: [
      { to: "/$program/own-stores", label: "Stores", icon: IconBuildingStore, needs: "partners:read", words: "shops" },
      { to: "/$program/own-keys", label: "Keys", icon: IconKey, needs: "keys:read", words: "write key api rotate revoke source" },
    ],
  },
];

/** Whether an address leads to a place that somebody with these permissions has no use for, so that it is told and not tried. */
export function isClosed(path: string, program: string, permissions: string[], partner: string | null): boolean {
  const [name] = path.replace(/^\/console/, "").replace(`/${program}`, "").split("/").filter(Boolean);
  const place = (partner ? PORTAL : NAVIGATION).flatMap((group) => group.places).find((one) => name !== undefined && one.to === `/$program/${name}`);
  return place?.needs !== undefined && !permissions.includes(place.needs);
}

/** Return the places that somebody with these permissions has a use for, in groups that are not empty. */
export function placesFor(permissions: string[], partner: string | null = null): { label: string; places: Place[] }[] {
  return (partner ? PORTAL : NAVIGATION).map((group) => ({ ...group, places: group.places.filter((place) => !place.needs || permissions.includes(place.needs)) })).filter((group) => group.places.length > 0);
}
