import { lazy, Suspense } from "react";
import Home from "@/features/dashboards/Home";
import { useOwnPartner, useProgramCode } from "@/lib/program";

const PortalHome = lazy(() => import("@/features/portal/PortalHome"));

/** The first page of a program: the dashboard of its people, or a partner's own figures. */
export default function Start() {
  const partner = useOwnPartner();
  const program = useProgramCode();
  return partner ? <Suspense><PortalHome partner={partner} /></Suspense> : <Home key={program} />;
}
