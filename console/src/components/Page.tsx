import { Anchor, Box, Group, Stack, Text, Title } from "@mantine/core";
import { IconChevronLeft } from "@tabler/icons-react";
import { Link, type LinkProps } from "@tanstack/react-router";
import { type ReactNode, useEffect } from "react";

interface Props {
  title: string;
  /** One sentence that says what this page is for. */
  about?: ReactNode;
  actions?: ReactNode;
  back?: { label: string; to: string; params?: Record<string, string> };
  children: ReactNode;
}

/** A page: its heading (also the window's title), what can be done on it, and its body. */
export function Page({ title, about, actions, back, children }: Props) {
  useEffect(() => {
    document.title = `${title} · Regulars`;
  }, [title]);
  return (
    <Stack gap="lg" maw={1440} mx="auto" w="100%">
      <Group justify="space-between" align="flex-end" gap="md" wrap="wrap">
        <Box miw={0} style={{ flex: "1 1 320px" }}>
          {back && (
            <Anchor renderRoot={(props) => <Link {...({ to: back.to, params: back.params } as LinkProps)} {...props} />} size="sm" c="dimmed" mb={4} display="inline-flex" style={{ alignItems: "center", gap: 2 }}>
              <IconChevronLeft size={15} aria-hidden />
              {back.label}
            </Anchor>
          )}
          <Title order={1}>{title}</Title>
          {about && (
            <Text component="div" c="dimmed" mt={4} maw={760}>
              {about}
            </Text>
          )}
        </Box>
        {actions && <Group gap="xs">{actions}</Group>}
      </Group>
      {children}
    </Stack>
  );
}

/** A framed part of a page with a heading. */
export function Section({ title, aside, children, pad = true }: { title?: ReactNode; aside?: ReactNode; children: ReactNode; pad?: boolean }) {
  return (
    <Box component="section" className="surface" style={{ overflow: "hidden" }}>
      {(title || aside) && (
        <Group justify="space-between" px="lg" pt="md" pb={pad ? 0 : "sm"} wrap="wrap" gap="xs">
          <Title order={2}>{title}</Title>
          {aside}
        </Group>
      )}
      <Box p={pad ? "lg" : 0} pt={pad && title ? "sm" : undefined}>
        {children}
      </Box>
    </Box>
  );
}
