import { fileURLToPath, URL } from "node:url";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";
import { firstFiles } from "./first-files.ts";
import { packed } from "./packed.ts";

// Served by the application under /console; `npm run dev` sends the API's calls to a server on port 8000.
export default defineConfig({
  base: "/console/",
  plugins: [react(), firstFiles(), packed()],
  resolve: { alias: { "@": fileURLToPath(new URL("./src", import.meta.url)) } },
  build: {
    outDir: "../src/regulars/app/console_dist",
    emptyOutDir: true,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // The first that know light-dark(): for older ones it is rewritten in a way that no theme of ours switches.
    cssTarget: ["chrome123", "edge123", "firefox120", "safari17.5"],
    reportCompressedSize: false,
    chunkSizeWarningLimit: 1200,
    // Few files: a request costs more than the few kilobytes that a page has no use for. One for the frame of all pages,
    // one for what most of them are made of, two for what some share; else each page would come in up to sixty.
    rolldownOptions: {
      output: {
        codeSplitting: {
          groups: [
            { name: "frame", tags: ["$initial"], priority: 4 },
            { name: "common", minShareCount: 12, priority: 3 },
            { name: "small", test: /icons-react|\/model\.ts|\/src\/lib\/|\/use[A-Z-]/, minShareCount: 2, maxModuleSize: 6_000, priority: 2 },
            { name: "often", test: /@mantine|\/src\/components\//, minShareCount: 3, priority: 1 },
          ],
        },
      },
    },
  },
  test: { dir: "test", setupFiles: ["test/setup.ts"] },
  server: { proxy: { "/api": "http://127.0.0.1:8000", "/openapi.json": "http://127.0.0.1:8000" } },
});
