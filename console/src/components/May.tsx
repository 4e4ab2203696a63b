import type { ReactNode } from "react";
import { useSession } from "@/lib/session";

/** Whether who is signed in may do something here, such as products:write. */
export function useMay(needs: string | undefined): boolean {
  const { permissions } = useSession();
  return needs === undefined || permissions.includes(needs);
}

/** What stands there only for those who may; the API refuses the others all the same. */
export function May({ needs, children }: { needs: string; children: ReactNode }) {
  return useMay(needs) ? children : null;
}
