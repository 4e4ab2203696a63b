import Home from "@/features/dashboards/Home";
import PortalHome from "@/features/portal/PortalHome";
import { useOwnPartner, useProgramCode } from "@/lib/program";

/** The first page of a program: the dashboard of its people, or a partner's own figures. */
export default function Start() {
  const partner = useOwnPartner();
  const program = useProgramCode();
  return partner ? <PortalHome partner={partner} /> : <Home key={program} />;
}
