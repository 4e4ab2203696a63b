import i18next from "i18next";
import { afterEach, expect, it, vi } from "vitest";

afterEach(() => vi.unstubAllGlobals());

async function asked(language: string, browser: string, path: string): Promise<string | null> {
  vi.stubGlobal("navigator", { languages: [browser], language: browser });
  vi.stubGlobal("window", { location: { origin: "http://shop.test" } });
  const { client } = await import("@/api/client.gen");
  const { get } = await import("@/lib/api");
  await i18next.init({ lng: language, resources: {} });
  const sent: Request[] = [];
  client.setConfig({ baseUrl: "http://shop.test", fetch: async (request: RequestInfo | URL) => (sent.push(request as Request), Response.json({})) });
  await get(path);
  expect(sent).toHaveLength(1);
  return sent[0]?.headers.get("Accept-Language") ?? null;
}

it("sentences are asked for in the language of the console where the browser would say another", async () => {
  expect(await asked("zh-CN", "en-GB", "/api/v1/programs/shop/rules/earn/sentence")).toBe("zh-CN");
  expect(await asked("en", "zh-Hans", "/api/v1/programs/shop/events/evt_1/explanation")).toBe("en");
  expect(await asked("zh-CN", "zh-Hans", "/api/v1/programs/shop/rules/earn/sentence")).toBeNull();
});

it("what a page has fetched ahead is asked for just as the browser asked", async () => {
  expect(await asked("zh-CN", "en-GB", "/api/v1/session")).toBeNull();
  expect(await asked("zh-CN", "en-GB", "/api/v1/programs/shop")).toBeNull();
});
