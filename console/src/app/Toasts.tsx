import { Notifications } from "@mantine/notifications";

/** Where short messages appear. What was said before it was loaded appears then. */
export default function Toasts() {
  return <Notifications position="bottom-right" limit={4} />;
}
