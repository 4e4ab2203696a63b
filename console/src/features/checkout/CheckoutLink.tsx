import { Link } from "@tanstack/react-router";
import { useMay } from "@/components/May";
import { useProgram } from "@/lib/program";

/** A checkout by its id, leading to its page; the id alone where it may not be read. */
export function CheckoutLink({ id, label = id }: { id: string; label?: string }) {
  const { code } = useProgram();
  const may = useMay("checkouts:read");
  const mono = label === id ? "mono" : undefined;
  if (!may) return <span className={mono}>{label}</span>;
  return <Link className={mono} style={{ color: "var(--mantine-color-anchor)", overflowWrap: "anywhere" }} to={"/$program/checkouts/$checkout" as never} params={{ program: code, checkout: id } as never}>{label}</Link>;
}
