import { Badge } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { words } from "@/lib/format";

const COLORS: Record<string, string> = {
  active: "pine", accepted: "pine", done: "pine", delivered: "pine", enabled: "pine", up: "pine", open: "pine", confirmed: "pine", issued: "pine", used: "pine", revealed: "pine",
  approved: "pine", agreed: "pine", settled: "gray", withdrawn: "gray", disputed: "red",
  draft: "blue", waiting: "blue", scheduled: "blue", running: "blue", pending: "blue", reserved: "blue", ordered: "blue", shipped: "blue",
  paused: "yellow", part_returned: "yellow", duplicate: "gray", archived: "gray", disabled: "gray", inactive: "gray", cancelled: "gray", closed: "gray", returned: "gray", void: "gray", stock: "gray", expired: "gray",
  failed: "red", rejected: "red", malformed: "red", blocked: "red", parked: "orange", unknown_member: "orange", waiting_for_order: "orange",
};

/** The state of something as a coloured word; the word alone carries the meaning. */
export function Status({ value, label }: { value: string; label?: string }) {
  const { t } = useTranslation();
  return <Badge color={COLORS[value] ?? "gray"} style={{ flexShrink: 0, minWidth: "max-content" }}>{label ?? t(words(value))}</Badge>;
}
