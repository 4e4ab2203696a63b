import type { Plugin, Rolldown } from "vite";

/** Where the pages are named, by address and file. */
const ROUTER = "/src/app/router.tsx";
const PAGE = /(page\(|path: )"(\/[^"]*)",[^;]*?import\("([^"]+)"\)/g;
/** The address below which everything has the shell around it. */
const INSIDE = "/$program";
const CATALOGUE = /\/catalogue\.([\w-]+)\.json$/;

/**
 * Writes down what each page needs beside what all pages need, and each language: `.pages.json` has addresses with
 * lists of files. The server names them in the page it answers with, so that they come together, not one after the other.
 */
export function firstFiles(): Plugin {
  const pages = new Map<string, Promise<string | undefined>>();
  return {
    name: "first-files",
    apply: "build",
    transform(code, id) {
      if (!id.endsWith(ROUTER)) return;
      for (const [, begins, address, file] of code.matchAll(PAGE)) {
        pages.set(`${begins === "page(" ? INSIDE : ""}${address}`, this.resolve(file as string, id).then((found) => found?.id));
      }
    },
    // After files that held nothing but styles are gone.
    generateBundle: { order: "post", async handler(_, bundle) {
      const chunks = Object.values(bundle).filter((one) => one.type === "chunk");
      const everywhere = new Set(chunks.filter((one) => one.isEntry).flatMap((one) => needed(one.fileName, bundle)));
      const files: Record<string, string[]> = {};
      for (const [address, source] of pages) {
        if (address === INSIDE) continue;
        const found: string[] = [];
        for (const id of [await source, address.startsWith(INSIDE) ? await pages.get(INSIDE) : undefined]) {
          const chunk = chunks.find((one) => id && one.moduleIds.includes(id));
          if (chunk) needed(chunk.fileName, bundle, found);
        }
        if (!found.length) throw new Error(`No file was made for the page ${address}.`);
        files[address] = found.filter((name) => !everywhere.has(name));
      }
      for (const chunk of chunks) {
        const language = CATALOGUE.exec(chunk.facadeModuleId ?? "")?.[1];
        if (language) files[`/language/${language}`] = [chunk.fileName];
      }
      this.emitFile({ type: "asset", fileName: ".pages.json", source: JSON.stringify(files) });
    } },
  };
}

/** Return a chunk with everything that it imports, and their styles. */
function needed(fileName: string, bundle: Rolldown.OutputBundle, found: string[] = []): string[] {
  const chunk = bundle[fileName];
  if (chunk?.type !== "chunk" || found.includes(fileName)) return found;
  found.push(fileName, ...(chunk.viteMetadata?.importedCss ?? []));
  for (const name of chunk.imports) needed(name, bundle, found);
  return found;
}
