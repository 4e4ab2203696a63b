import "@mantine/core/styles.css";
import "@mantine/notifications/styles.css";
import "@fontsource-variable/inter/wght.css";
import "./console.css";

import { localStorageColorSchemeManager, MantineProvider } from "@mantine/core";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { lazy, Suspense } from "react";
import { createRoot } from "react-dom/client";
import i18next from "i18next";
import { Confirming } from "@/components/confirm";
import { mayRetry, whenSignedOut } from "@/lib/api";
import { prepareLanguage } from "@/lib/i18n";
import { sessionQuery } from "@/lib/session";
import { makeRouter } from "./router";
import { theme, variables } from "./theme";

const queries = new QueryClient({
  defaultOptions: { queries: { retry: mayRetry, staleTime: 10_000, refetchOnWindowFocus: true }, mutations: { retry: false } },
});
const router = makeRouter(queries);

whenSignedOut(() => {
  if (router.state.location.pathname.startsWith("/sign-in")) return;
  queries.clear();
  void router.navigate({ to: "/sign-in", search: { next: router.state.location.href } });
});

// What the server says in words is asked for again in the other language.
const SPOKEN: unknown[] = ["check", "sentence", "explained", "why"];
i18next.on("languageChanged", () => void queries.invalidateQueries({ predicate: ({ queryKey }) => queryKey.some((part) => SPOKEN.includes(part)) }));

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}

// After an upgrade the files of an open page are gone: load the new page, once for each build.
window.addEventListener("vite:preloadError", (event) => {
  const here = `${import.meta.url} ${location.href}`;
  if (sessionStorage.getItem("regulars:reloaded") === here) return;
  sessionStorage.setItem("regulars:reloaded", here);
  event.preventDefault();
  location.reload();
});

// What every page inside needs is asked for before the page itself is put together; who is signed out has no session to ask for.
if (!/^\/console\/(sign-in|welcome|reset)/.test(location.pathname)) {
  void queries.prefetchQuery(sessionQuery);
  void import("./Shell");
}

const Toasts = lazy(() => import("./Toasts"));
const scheme = localStorageColorSchemeManager({ key: "regulars:colours" });

void prepareLanguage().then(() => {
  createRoot(document.getElementById("root") as HTMLElement).render(
    <MantineProvider theme={theme} cssVariablesResolver={variables} defaultColorScheme="auto" colorSchemeManager={scheme}>
      <Suspense><Toasts /></Suspense>
      <QueryClientProvider client={queries}>
        <Confirming>
          <RouterProvider router={router} />
        </Confirming>
      </QueryClientProvider>
    </MantineProvider>,
  );
});
