import { number } from "@/lib/format";
import type { Voucher } from "./model";

/** 1 / 3, or 1 / ∞. */
export function Uses({ voucher }: { voucher: Voucher }) {
  return <>{number(voucher.uses)} / {voucher.uses_max === null ? "∞" : number(voucher.uses_max)}</>;
}
