import { defineConfig } from "@hey-api/openapi-ts";

// The client of the API, generated from the document the application itself writes (see build.py).
export default defineConfig({
  input: "./openapi.json",
  output: { path: "./src/api", clean: true },
  plugins: [
    "@hey-api/typescript",
    { name: "@hey-api/client-fetch", throwOnError: true, baseUrl: false },
    { name: "@hey-api/sdk", responseStyle: "data" },
  ],
});
