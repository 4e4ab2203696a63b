import {
  IconBook2, IconBuildingStore, IconCoins, IconGift, IconHome, IconListDetails, IconPlugConnected, IconSettings, IconShoppingBag, IconStairsUp,
  IconUsers, IconUsersGroup, IconWebhook, IconActivityHeartbeat, type Icon,
} from "@tabler/icons-react";

export interface Place {
  /** Where it is, below the program. */
  to: string;
  label: string;
  icon: Icon;
  /** What it is looked for by, beside its name. */
  words?: string;
  /** Who may open it: any of these roles; everybody when left out. */
  roles?: string[];
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
      { to: "/$program/members", label: "Members", icon: IconUsers, words: "customers people search" },
      { to: "/$program/rules", label: "Rules", icon: IconListDetails, words: "campaign promotion builder publish simulate" },
      { to: "/$program/tiers", label: "Tiers", icon: IconStairsUp, words: "levels status grid" },
      { to: "/$program/events", label: "Events", icon: IconActivityHeartbeat, words: "debugger live stream" },
    ],
  },
  {
    label: "Catalogue",
    places: [
      { to: "/$program/products", label: "Products", icon: IconShoppingBag, words: "sku catalogue" },
      { to: "/$program/stores", label: "Stores", icon: IconBuildingStore, words: "regions channels shops" },
      { to: "/$program/partners", label: "Partners", icon: IconUsersGroup, words: "coalition" },
      { to: "/$program/point-types", label: "Point types", icon: IconCoins, words: "currency expiry" },
    ],
  },
  {
    label: "Operate",
    places: [
      { to: "/$program/books", label: "Books", icon: IconBook2, words: "trial balance liability verify ledger finance" },
      { to: "/$program/sources", label: "Sources and keys", icon: IconPlugConnected, words: "api write key integration sdk" },
      { to: "/$program/webhooks", label: "Webhooks", icon: IconWebhook, words: "deliveries endpoints" },
      { to: "/$program/settings", label: "Settings", icon: IconSettings, words: "program zone currency attributes" },
    ],
  },
];

export const REWARDS_ICON = IconGift;
