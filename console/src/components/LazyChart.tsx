import { Skeleton } from "@mantine/core";
import { type ComponentProps, lazy, Suspense } from "react";

const Chart = lazy(() => import("./Chart"));

/** A chart whose library is loaded when the first one is shown. */
export function LazyChart(props: ComponentProps<typeof Chart>) {
  return (
    <Suspense fallback={<Skeleton h={props.height ?? 260} radius="md" />}>
      <Chart {...props} />
    </Suspense>
  );
}
