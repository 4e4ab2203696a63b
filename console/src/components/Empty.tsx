import { Box, Stack, Text, ThemeIcon } from "@mantine/core";
import type { Icon } from "@tabler/icons-react";
import type { ReactNode } from "react";

/** What stands where there is nothing yet: why, and what to do about it. `page`: there is nothing else on the page. */
export function Empty({ icon: Glyph, title, children, action, page }: { icon: Icon; title: string; children?: ReactNode; action?: ReactNode; page?: boolean }) {
  return (
    <Stack align="center" gap="xs" py={44} px="lg" ta="center">
      <ThemeIcon size={48} radius="xl" variant="light" color="pine" aria-hidden>
        <Glyph size={24} stroke={1.6} />
      </ThemeIcon>
      <Text component={page ? "h1" : "p"} fw={600} mt={4} mb={0} fz="md">
        {title}
      </Text>
      {children && (
        <Box c="dimmed" maw={480} fz="sm">
          {children}
        </Box>
      )}
      {action && <Box mt="xs">{action}</Box>}
    </Stack>
  );
}
