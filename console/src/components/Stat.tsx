import { Box, Text } from "@mantine/core";
import type { ReactNode } from "react";

/** A figure with its name, and what it is compared with. */
export function Stat({ label, value, note, tone }: { label: string; value: ReactNode; note?: ReactNode; tone?: "good" | "bad" }) {
  return (
    <Box>
      <Text size="xs" c="dimmed" fw={500}>{label}</Text>
      <Text fz={26} fw={620} lh={1.25} className="numeric" style={{ letterSpacing: "-0.02em" }}>{value}</Text>
      {note && <Text size="xs" c={tone ? undefined : "dimmed"} className={tone}>{note}</Text>}
    </Box>
  );
}
