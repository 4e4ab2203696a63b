import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";
import type { Plugin } from "vite";

/** What becomes smaller; fonts are packed already. */
const PACKS = /^assets\/.*\.(js|css|svg)$|^[^./]+\.svg$/;

/** Packs the files of a build once, as well as it can be done, so that the server only has to hand them out. */
export function packed(): Plugin {
  return {
    name: "packed",
    apply: "build",
    async writeBundle({ dir = "" }) {
      const names = (await readdir(dir, { recursive: true })).filter((name) => PACKS.test(name));
      await Promise.all(names.map((name) => pack(join(dir, name))));
    },
  };
}

async function pack(path: string): Promise<void> {
  const content = await readFile(path);
  await Promise.all([
    promisify(gzip)(content, { level: 9 }).then((small) => writeFile(`${path}.gz`, small)),
    promisify(brotliCompress)(content, { params: { [constants.BROTLI_PARAM_SIZE_HINT]: content.length } }).then((small) => writeFile(`${path}.br`, small)),
  ]);
}
