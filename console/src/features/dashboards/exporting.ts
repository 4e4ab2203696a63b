import { inProgram } from "@/lib/api";

/** Return the address under which a report is downloaded as a spreadsheet. */
export function download(program: string, report: string, query: Record<string, string | number>, format: "csv" | "xlsx"): string {
  const words = new URLSearchParams([...Object.entries(query).map(([name, value]): [string, string] => [name, String(value)]), ["format", format]]);
  return `${inProgram(program, "reports", report)}?${words.toString()}`;
}

/** How many pixels of the picture stand for one of the page. */
const SHARPNESS = 2;

/** Save the chart inside `place` as a picture; false when there is none. */
export async function savePicture(place: HTMLElement | null, name: string): Promise<boolean> {
  const drawn = place?.querySelector("svg");
  if (!place || !drawn) return false;
  const { width, height } = drawn.getBoundingClientRect();
  const copy = drawn.cloneNode(true) as SVGSVGElement;
  const shapes = [...drawn.querySelectorAll<SVGElement>("[fill]")];
  // Colours of the page are no colours of a picture: it has no style sheet.
  for (const [at, shape] of [...copy.querySelectorAll<SVGElement>("[fill]")].entries()) {
    const original = shapes[at];
    if (original && /var\(|currentColor/.test(shape.getAttribute("fill") ?? "")) shape.setAttribute("fill", getComputedStyle(original).fill);
  }
  copy.setAttribute("font-family", getComputedStyle(drawn).fontFamily);
  copy.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  copy.setAttribute("width", String(width));
  copy.setAttribute("height", String(height));
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(new XMLSerializer().serializeToString(copy))}`;
  await image.decode();
  const canvas = document.createElement("canvas");
  canvas.width = width * SHARPNESS;
  canvas.height = height * SHARPNESS;
  const paper = canvas.getContext("2d");
  if (!paper) return false;
  paper.fillStyle = getComputedStyle(place.closest(".surface") ?? document.body).backgroundColor;
  paper.fillRect(0, 0, canvas.width, canvas.height);
  paper.scale(SHARPNESS, SHARPNESS);
  paper.drawImage(image, 0, 0, width, height);
  const link = document.createElement("a");
  link.href = canvas.toDataURL("image/png");
  link.download = `${name.replace(/[^\p{L}\p{N}]+/gu, "-").toLowerCase()}.png`;
  link.click();
  return true;
}
