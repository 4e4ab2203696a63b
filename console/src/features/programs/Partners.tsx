import { Anchor, Badge, Button, Group, Menu, Text } from "@mantine/core";
import { IconChevronDown, IconFileUpload, IconPlugConnected, IconPlus, IconUsersGroup } from "@tabler/icons-react";
import { Link, useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { PartnerAnswer } from "@/lib/answers";
import { DataTable } from "@/components/DataTable";
import { Empty } from "@/components/Empty";
import { Page, Section } from "@/components/Page";
import { Status } from "@/components/Status";
import { useNamed } from "@/components/useNamed";
import { ConnectMany, ConnectShop } from "@/features/partners/Connect";
import { PartnerForm } from "@/features/partners/PartnerForm";
import { inProgram } from "@/lib/api";
import { words } from "@/lib/format";
import { useProgramCode } from "@/lib/program";
import { useSession } from "@/lib/session";

/** Who takes part in the program beside the house: where points are earned and spent. */
export default function Partners() {
  const { t } = useTranslation();
  const program = useProgramCode();
  const navigate = useNavigate();
  const { permissions } = useSession();
  const [asking, setAsking] = useState<"new" | "shop" | "many" | null>(null);
  const found = useNamed<PartnerAnswer>([program, "partners", "list"], inProgram(program, "partners"));
  const open = (one: PartnerAnswer) => void navigate({ to: "/$program/partners/$partner", params: { program, partner: one.code } } as never);
  const connects = permissions.includes("partners:write");
  const writes = permissions.includes("programs:write");
  const connect = connects && <Button leftSection={<IconPlugConnected size={16} />} onClick={() => setAsking("shop")}>{t("Connect a shop")}</Button>;
  const close = () => setAsking(null);
  return (
    <Page
      title={t("Partners")}
      about={t("Who takes part beside the house, and whether points are earned or spent there.")}
      actions={
        <>
          {connect}
          {(connects || writes) && <Menu position="bottom-end">
            <Menu.Target><Button variant="default" rightSection={<IconChevronDown size={15} />}>{t("More")}</Button></Menu.Target>
            <Menu.Dropdown>
              {connects && <Menu.Item leftSection={<IconFileUpload size={16} />} onClick={() => setAsking("many")}>{t("Connect many shops by a file")}</Menu.Item>}
              {writes && <Menu.Item leftSection={<IconPlus size={16} />} onClick={() => setAsking("new")}>{t("New partner without a shop")}</Menu.Item>}
            </Menu.Dropdown>
          </Menu>}
        </>
      }
    >
      <Section pad={false}>
        {found.field}
        <DataTable
          label={t("Partners")}
          columns={[
            { id: "name", header: t("Name"), value: (one) => one.name, cell: (one) => <><Anchor size="sm" fw={580} renderRoot={(props) => <Link {...({ to: "/$program/partners/$partner", params: { program, partner: one.code } } as object)} {...props} />}>{one.name}</Anchor><Text size="xs" c="dimmed" className="mono">{one.code}</Text></> },
            { id: "roles", header: t("Roles"), cell: (one) => <Group gap={4}>{one.roles.map((role) => <Badge key={role} miw="max-content">{t(words(role))}</Badge>)}</Group> },
            { id: "state", header: t("Status"), cell: (one) => <Status value={one.archived_at ? "archived" : "active"} /> },
          ]}
          rows={found.rows}
          rowKey={(one) => one.code}
          error={found.error}
          retry={found.retry}
          open={open}
          more={found.more}
          empty={found.empty(<Empty icon={IconUsersGroup} title={t("No partners yet")} action={connect}>{t("A coalition has partners who give points, take them, or both, and settle what they owe each other.")}</Empty>)}
        />
      </Section>
      {asking === "shop" && <ConnectShop close={close} />}
      {asking === "many" && <ConnectMany close={close} />}
      {asking === "new" && <PartnerForm close={close} />}
    </Page>
  );
}
