import { Alert, Button, List, Text } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { asProblem } from "@/lib/problem";
import { told } from "@/lib/told";

/** What the API refused, in its own words, with the places of mistakes; `retry` offers to ask again. */
export function Refusal({ error, retry }: { error: unknown; retry?: () => void }) {
  const { t } = useTranslation();
  if (!error) return null;
  const problem = asProblem(error);
  return (
    <Alert color="red" variant="light" icon={<IconAlertTriangle aria-hidden />} role="alert" title={problem.status === 403 ? t("You may not do this") : t("That did not work")}>
      <Text size="sm">{told(problem.message)}</Text>
      {problem.errors.length > 0 && (
        <List size="sm" mt={6}>
          {problem.errors.slice(0, 8).map((one) => (
            <List.Item key={one.path + one.code}>
              {one.path && <span className="mono">{one.path}: </span>}
              {told(one.message)}
            </List.Item>
          ))}
        </List>
      )}
      {problem.requestId && (
        <Text size="xs" mt={6} className="mono">
          {problem.requestId}
        </Text>
      )}
      {retry && (
        <Button size="xs" variant="default" mt="sm" onClick={retry}>
          {t("Try again")}
        </Button>
      )}
    </Alert>
  );
}
