import { lazy, Suspense } from "react";
import { useOwnPartner, useProgramCode } from "@/lib/program";

// Nearly everybody who comes here sees it: it is on its way before it is known who came.
const home = import("@/features/dashboards/Home");
const Home = lazy(() => home);
const PortalHome = lazy(() => import("@/features/portal/PortalHome"));

/** The first page of a program: the dashboard of its people, or a partner's own figures. */
export default function Start() {
  const partner = useOwnPartner();
  const program = useProgramCode();
  return <Suspense>{partner ? <PortalHome partner={partner} /> : <Home key={program} />}</Suspense>;
}
