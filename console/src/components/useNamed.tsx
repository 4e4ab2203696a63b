import { Box } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { IconSearch } from "@tabler/icons-react";
import { useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Empty } from "./Empty";
import { SearchField } from "./SearchField";
import { usePages } from "./usePages";

/** Fewer rows than this are seen at a glance: a list of them has no field to search it. */
const SEARCHED_FROM = 8;

/** A list of parts of a program, page by page, with a field that finds them by name or code once there are many. */
export function useNamed<T>(key: readonly unknown[], url: string) {
  const { t } = useTranslation();
  const [text, setText] = useState("");
  const [wanted] = useDebouncedValue(text.trim(), 250);
  const found = usePages<T>(key, url, { q: wanted || undefined, limit: 100 });
  const searched = Boolean(text) || (found.rows?.length ?? 0) >= SEARCHED_FROM;
  const field = searched && <Box p="md"><SearchField label={t("Search")} placeholder={t("Part of the name or of the code")} text={text} setText={setText} /></Box>;
  /** What stands where there are no rows: that nothing has this name, or (`none`) what this list is for. */
  const empty = (none: ReactNode) => (wanted ? <Empty icon={IconSearch} title={t("Nothing by that name.")} /> : none);
  return { ...found, field, empty };
}
