import { Box, Center, Group, Paper, Text, Title } from "@mantine/core";
import { type ReactNode, useEffect } from "react";

/** The frame of the pages before a session: the mark, a heading, a form. */
export function Entrance({ title, about, children }: { title: string; about: string; children: ReactNode }) {
  useEffect(() => {
    document.title = `${title} · Regulars`;
  }, [title]);
  return (
    <Center component="main" mih="100dvh" p="md">
      <Box w="100%" maw={400}>
        <Group gap="sm" mb="xl" justify="center">
          <img src="/console/mark.svg" width={36} height={36} alt="" />
          <Text fz={22} fw={680} style={{ letterSpacing: "-0.02em" }}>Regulars</Text>
        </Group>
        <Paper className="surface" p="xl" shadow="xs">
          <Title order={1} fz="xl">{title}</Title>
          <Text c="dimmed" size="sm" mb="lg">{about}</Text>
          {children}
        </Paper>
      </Box>
    </Center>
  );
}
