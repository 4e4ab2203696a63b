import { Anchor } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { memberName } from "@/features/members/model";
import type { MemberAnswer } from "@/lib/answers";
import { get, inProgram } from "@/lib/api";
import { collected } from "@/lib/collected";
import { useProgram } from "@/lib/program";
import { useSession } from "@/lib/session";

/** As many as the API tells of in one call. */
const AT_ONCE = 100;

/** What members are called, asked for together by everything that is shown at the same moment. */
const named = collected(AT_ONCE, async (program: string, ids: string[]) => {
  const found = await get<{ data: MemberAnswer[] }>(inProgram(program, "members"), { id: ids });
  return new Map(found.data.map((one) => [one.id, memberName(one)]));
});

/** A member by name, leading to her page; by her id where names may not be read. */
export function MemberLink({ id }: { id: string }) {
  const { code } = useProgram();
  const { permissions } = useSession();
  const readable = permissions.includes("members:read");
  const name = useQuery({ queryKey: [code, "members", "named", id], queryFn: () => named(code, id), enabled: readable, staleTime: 300_000, retry: false });
  const shown = name.data ?? id;
  return readable ? (
    <Anchor size="sm" className={shown === id ? "mono" : undefined} style={{ overflowWrap: "anywhere" }} renderRoot={(props) => <Link to="/$program/members/$member" params={{ program: code, member: id }} {...props} />}>{shown}</Anchor>
  ) : (
    <span className="mono">{id}</span>
  );
}
