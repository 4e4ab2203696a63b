import { JsonInput } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Section } from "@/components/Page";

/** The document itself, for what has no editor and for those who prefer it. */
export function JsonEditor({ value, onChange }: { value: object; onChange: (value: Record<string, unknown>) => void }) {
  const { t } = useTranslation();
  const [text, setText] = useState(() => JSON.stringify(value, null, 2));
  const change = (next: string) => {
    setText(next);
    try {
      onChange(JSON.parse(next) as Record<string, unknown>);
    } catch {
      // not whole yet: the field says so
    }
  };
  return (
    <Section title={t("The rule as JSON")}>
      <JsonInput aria-label={t("The rule as JSON")} value={text} onChange={change} validationError={t("This is not JSON yet.")} formatOnBlur autosize minRows={24} maxRows={48} styles={{ input: { fontFamily: "var(--mantine-font-family-monospace)", fontSize: 13 } }} />
    </Section>
  );
}
