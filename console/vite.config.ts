import { fileURLToPath, URL } from "node:url";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";
import { chunks } from "./chunks.ts";
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
    rolldownOptions: { output: { codeSplitting: { groups: chunks } } },
  },
  test: { dir: "test", setupFiles: ["test/setup.ts"] },
  server: { proxy: { "/api": "http://127.0.0.1:8000", "/openapi.json": "http://127.0.0.1:8000" } },
});
