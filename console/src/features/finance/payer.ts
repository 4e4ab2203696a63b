import { useTranslation } from "react-i18next";

/** Return a function that names who pays for points: the house, or a partner by its code. */
export function usePayer(): (funding: string) => string {
  const { t } = useTranslation();
  return (funding) => {
    const [kind, code] = funding.split(":");
    if (kind === "partner" && code) return `${t("Partner")} · ${code}`;
    return funding === "house" ? t("House") : funding;
  };
}
