import type { Rolldown } from "vite";

/** Tables and fields of forms: every page has some, but not the first one. */
const LISTS = /table-core|react-table|react-number-format|\/(DataTable|FormDrawer|NumberInput|Drawer|SegmentedControl|FloatingIndicator|Textarea|Switch|PillsInput|Pill|TagsInput|useDraft)\b/;

/**
 * Which files the pages come in. Few: a request costs more than the few kilobytes that a page has no use for; left to
 * itself, each page would come in up to a hundred. `frame` = what every page needs, `lists` = tables and forms,
 * `common` = what else most pages are made of, `entrance` = what is before a session, `often` and `small` = what some share.
 */
export const chunks: Rolldown.CodeSplittingGroup[] = [
  { name: "frame", tags: ["$initial"], priority: 6 },
  { name: "common", test: (id) => !LISTS.test(id), minShareCount: 12, priority: 5 },
  { name: "lists", test: LISTS, minShareCount: 12, priority: 4 },
  { name: "entrance", test: /PasswordInput|\/staff\/(Entrance|webauthn)/, minShareCount: 2, priority: 3 },
  { name: "small", test: /icons-react|Collapse|\/model\.ts|\/src\/(lib|components)\/|\/use[A-Z-]/, minShareCount: 2, maxModuleSize: 6_000, priority: 2 },
  { name: "often", test: /@mantine/, minShareCount: 3, priority: 1 },
];
