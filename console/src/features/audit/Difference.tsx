import { Table, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { words } from "@/lib/format";

type Row = Record<string, unknown> | null;

/** What a change did to a row, column by column; documents are taken apart down to what differs in them. */
export function Difference({ before, after }: { before: Row; after: Row }) {
  const { t } = useTranslation();
  const left = leaves(before);
  const right = leaves(after);
  const paths = [...new Set([...left.keys(), ...right.keys()])].filter((path) => left.get(path) !== right.get(path));
  if (paths.length === 0) return <Text size="sm" c="dimmed">{t("They say the same.")}</Text>;
  return (
    <div className="scroll" tabIndex={0} role="region" aria-label={t("Before and after")}>
      <Table fz="sm" verticalSpacing={6} miw={420}>
        <Table.Thead>
          <Table.Tr><Table.Th>{t("Field")}</Table.Th><Table.Th>{t("Before")}</Table.Th><Table.Th>{t("After")}</Table.Th></Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {paths.map((path) => (
            <Table.Tr key={path}>
              <Table.Td style={{ overflowWrap: "anywhere" }}>{/[.[]/.test(path) ? <span className="mono">{path}</span> : t(words(path))}</Table.Td>
              <Table.Td className="mono bad" style={{ overflowWrap: "anywhere" }}>{left.has(path) ? `− ${left.get(path)}` : ""}</Table.Td>
              <Table.Td className="mono good" style={{ overflowWrap: "anywhere" }}>{right.has(path) ? `+ ${right.get(path)}` : ""}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </div>
  );
}

/** Return the values of a document by their paths; nothing for null, so that a field that came or went stands on one side. */
export function leaves(value: unknown, path = "", found = new Map<string, string>()): Map<string, string> {
  if (value === null || value === undefined) return found;
  if (typeof value === "object" && Object.keys(value).length > 0) {
    const list = Array.isArray(value);
    for (const [name, inner] of Object.entries(value)) leaves(inner, list ? `${path}[${name}]` : path ? `${path}.${name}` : name, found);
  } else {
    found.set(path, typeof value === "string" ? value : JSON.stringify(value));
  }
  return found;
}
