import { useInfiniteQuery } from "@tanstack/react-query";
import { get, type PageOf } from "@/lib/api";

/** Read a list page by page: its rows so far, and how to go on. Also for lists that come whole. */
export function usePages<T>(key: readonly unknown[], url: string, query: Record<string, unknown> = {}, enabled = true) {
  const pages = useInfiniteQuery({
    queryKey: [...key, query],
    enabled,
    initialPageParam: undefined as string | undefined,
    queryFn: async ({ pageParam, signal }) => {
      const found = await get<PageOf<T> | T[]>(url, { ...query, cursor: pageParam }, signal);
      return Array.isArray(found) ? { data: found, next_cursor: null } : found;
    },
    getNextPageParam: (page) => page.next_cursor ?? undefined,
  });
  return {
    rows: pages.data?.pages.flatMap((page) => page.data),
    error: pages.error,
    retry: () => void pages.refetch(),
    refetch: pages.refetch,
    more: { has: pages.hasNextPage, load: () => void pages.fetchNextPage(), loading: pages.isFetchingNextPage },
  };
}
