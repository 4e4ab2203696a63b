import type { QueryClient } from "@tanstack/react-query";
import { createRootRouteWithContext, createRoute, createRouter, lazyRouteComponent, Outlet, redirect } from "@tanstack/react-router";
import { asProblem } from "@/lib/problem";
import { programQuery } from "@/lib/program";
import { sessionQuery } from "@/lib/session";
import { readStored } from "@/lib/stored";
import { Lost, Trouble } from "./Trouble";

const root = createRootRouteWithContext<{ queries: QueryClient }>()({ component: Outlet, notFoundComponent: Lost, errorComponent: Trouble });

const signIn = createRoute({
  getParentRoute: () => root,
  path: "/sign-in",
  validateSearch: (search: Record<string, unknown>): { next?: string; refused?: string } => Object.fromEntries(["next", "refused"].flatMap((name) => (typeof search[name] === "string" ? [[name, search[name]]] : []))),
  component: lazyRouteComponent(() => import("@/features/staff/SignIn")),
});

const welcome = createRoute({
  getParentRoute: () => root,
  path: "/welcome",
  validateSearch: (search: Record<string, unknown>): { token?: string } => (typeof search.token === "string" ? { token: search.token } : {}),
  component: lazyRouteComponent(() => import("@/features/staff/Welcome")),
});

/** A link for a new password; otherwise as the first one. */
const reset = createRoute({
  getParentRoute: () => root,
  path: "/reset",
  validateSearch: (search: Record<string, unknown>): { token?: string } => (typeof search.token === "string" ? { token: search.token } : {}),
  component: lazyRouteComponent(() => import("@/features/staff/Welcome")),
});

/** Everything below needs a session. */
const inside = createRoute({
  getParentRoute: () => root,
  id: "inside",
  beforeLoad: async ({ context, location }) => {
    try {
      await context.queries.ensureQueryData(sessionQuery);
    } catch (error) {
      const { status } = asProblem(error);
      if (status === 401) throw redirect({ to: "/sign-in", search: { next: location.href } });
      throw error;
    }
  },
});

const start = createRoute({
  getParentRoute: () => inside,
  path: "/",
  beforeLoad: async ({ context }) => {
    const { programs } = await context.queries.ensureQueryData(sessionQuery);
    const last = readStored<string>("program", "");
    const program = programs.find((one) => one.code === last) ?? programs[0];
    if (program) throw redirect({ to: "/$program", params: { program: program.code } });
  },
  component: lazyRouteComponent(() => import("@/features/programs/FirstProgram")),
});

const another = createRoute({ getParentRoute: () => inside, path: "/programs/new", component: lazyRouteComponent(() => import("@/features/programs/FirstProgram")) });

const shell = createRoute({
  getParentRoute: () => inside,
  path: "/$program",
  loader: ({ context, params }) => context.queries.ensureQueryData(programQuery(params.program)),
  component: lazyRouteComponent(() => import("./Shell")),
  errorComponent: Trouble,
  notFoundComponent: Lost,
});

/** A page of a program. */
const page = <P extends string>(path: P, component: Parameters<typeof lazyRouteComponent>[0]) =>
  createRoute({ getParentRoute: () => shell, path, component: lazyRouteComponent(component as never), validateSearch: (search: Record<string, unknown>) => search });

const pages = [
  page("/", () => import("./Start")),
  page("/members", () => import("@/features/members/Members")),
  page("/members/$member", () => import("@/features/members/Member")),
  page("/tasks", () => import("@/features/care/Tasks")),
  page("/rules", () => import("@/features/rulesets/Rules")),
  page("/rules/new", () => import("@/features/rulesets/Builder")),
  page("/rules/versions", () => import("@/features/rulesets/Versions")),
  page("/rules/simulate", () => import("@/features/rulesets/Simulate")),
  page("/rules/conflicts", () => import("@/features/rulesets/Conflicts")),
  page("/rules/parts", () => import("@/features/rulesets/RuleParts")),
  page("/rules/try", () => import("@/features/rulesets/Try")),
  page("/rules/edit/$rule", () => import("@/features/rulesets/Builder")),
  page("/campaigns", () => import("@/features/campaigns/Campaigns")),
  page("/campaigns/$campaign", () => import("@/features/campaigns/Campaign")),
  page("/activities", () => import("@/features/campaigns/Activities")),
  page("/calendar", () => import("@/features/campaigns/Calendar")),
  page("/lists", () => import("@/features/campaigns/Lists")),
  page("/tiers", () => import("@/features/tiers/Tiers")),
  page("/events", () => import("@/features/events/Events")),
  page("/rewards", () => import("@/features/rewards/Rewards")),
  page("/rewards/$reward", () => import("@/features/rewards/Reward")),
  page("/redemptions", () => import("@/features/redemption/RedemptionsPage")),
  page("/checkouts", () => import("@/features/checkout/CheckoutsPage")),
  page("/checkouts/$checkout", () => import("@/features/checkout/CheckoutPage")),
  page("/vouchers", () => import("@/features/vouchers/Vouchers")),
  page("/vouchers/$definition", () => import("@/features/vouchers/VoucherPage")),
  page("/gift-cards", () => import("@/features/vouchers/GiftCards")),
  page("/draws", () => import("@/features/draws/Draws")),
  page("/products", () => import("@/features/catalog/Products")),
  page("/stores", () => import("@/features/programs/Stores")),
  page("/partners", () => import("@/features/programs/Partners")),
  page("/point-types", () => import("@/features/programs/PointTypes")),
  page("/sources", () => import("@/features/programs/Sources")),
  page("/webhooks", () => import("@/features/webhooks/Webhooks")),
  page("/webhooks/$endpoint", () => import("@/features/webhooks/Webhook")),
  page("/books", () => import("@/features/books/Books")),
  page("/finance", () => import("@/features/finance/Finance")),
  page("/people/providers", () => import("@/features/staff/Providers")),
  page("/people", () => import("@/features/staff/People")),
  page("/account", () => import("@/features/staff/Account")),
  page("/approvals", () => import("@/features/approval/Approvals")),
  page("/transactions", () => import("@/features/portal/TransactionsPage")),
  page("/own-stores", () => import("@/features/portal/StoresPage")),
  page("/own-keys", () => import("@/features/portal/KeysPage")),
  page("/partners/$partner", () => import("@/features/partners/PartnerPage")),
  page("/disputes", () => import("@/features/settlement/Disputes")),
  page("/nettings", () => import("@/features/settlement/Nettings")),
  page("/nettings/$netting", () => import("@/features/settlement/NettingPage")),
  page("/statements", () => import("@/features/settlement/Statements")),
  page("/statements/$statement", () => import("@/features/settlement/StatementPage")),
  page("/audit", () => import("@/features/audit/Audit")),
  page("/settings", () => import("@/features/programs/Settings")),
];

/** Return the router of the console. */
export function makeRouter(queries: QueryClient) {
  return createRouter({
    routeTree: root.addChildren([signIn, welcome, reset, inside.addChildren([start, another, shell.addChildren(pages)])]),
    basepath: "/console",
    context: { queries },
    defaultPreload: "intent",
    defaultPreloadStaleTime: 0,
    scrollRestoration: true,
    defaultErrorComponent: Trouble,
    defaultNotFoundComponent: Lost,
  });
}
